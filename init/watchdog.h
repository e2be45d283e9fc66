// SPDX-License-Identifier: Apache-2.0
// When a workload that must say again and again that it lives is taken for hung. Pure: nothing in here reads a clock.
#ifndef FOSTER_INIT_WATCHDOG_H_
#define FOSTER_INIT_WATCHDOG_H_

#include "init/duration.h"

namespace foster {

class Watchdog {
 public:
  // `period`: how often it must say so; 0: nobody watches.
  explicit Watchdog(Nanoseconds period) : asked_for_(period), period_(period) {}

  // A run begins. Where the workload says when it is ready, it has all its time until then.
  void RunBegins(bool says_when_ready, Nanoseconds now) {
    period_ = asked_for_;
    Begin(!says_when_ready, now);
  }
  void Ready(Nanoseconds now) {
    if (!watching_) Begin(true, now);
  }
  // It said that it lives; or it could not, and now can again.
  void Alive(Nanoseconds now) {
    if (watching_) Begin(true, now);
  }
  // It wants another period for this run; 0: none. Where nobody asked for a watchdog, none is made by that.
  void Change(Nanoseconds period, Nanoseconds now) {
    if (asked_for_ == 0) return;
    period_ = period;
    if (watching_) Begin(true, now);
  }
  // It is ending, or it was found hung.
  void Stop() { Begin(false, 0); }

  Nanoseconds period() const { return period_; }
  // When it is hung, or kForever.
  Nanoseconds deadline() const { return deadline_; }

 private:
  void Begin(bool watching, Nanoseconds now) {
    watching_ = watching;
    deadline_ = watching && period_ != 0 ? DeadlineIn(now, period_) : kForever;
  }

  Nanoseconds asked_for_;
  Nanoseconds period_;
  bool watching_ = false;
  Nanoseconds deadline_ = kForever;
};

}  // namespace foster

#endif  // FOSTER_INIT_WATCHDOG_H_
