// SPDX-License-Identifier: Apache-2.0
// What an init does while its workload lives: orphans and signals. All contestants stand there at once and get their load in turns.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "tests/bench/meter/measures.h"

namespace foster::bench {
namespace {

using Running = std::vector<std::unique_ptr<Talking>>;

Running StartAll(const Contestants& all, const Settings& settings) {
  Running running;
  LaunchSpec spec;
  spec.cpu = static_cast<int>(settings.Number("cpu", -1));
  for (const Contestant& who : all) {
    spec.who = &who;
    running.push_back(std::make_unique<Talking>(spec));
  }
  usleep(300'000);  // their start is not what is measured
  return running;
}

struct Load {
  int64_t cpu_ns = 0, sleeps = 0, switches = 0, took_ns = 0;
  std::vector<int64_t> each_ns;

  void Add(const TaskFigures& before, const TaskFigures& after) {
    cpu_ns += after.cpu_ns - before.cpu_ns;
    sleeps += after.sleeps - before.sleeps;
    switches += after.switches - before.switches;
  }
};

// The fraction `part` of a thousand of the sorted `values`.
int64_t Quantile(const std::vector<int64_t>& values, size_t part) { return values.empty() ? 0 : values[(values.size() - 1) * part / 1000]; }

}  // namespace

void MeasureOrphans(const Contestants& all, const Settings& settings) {
  const int64_t total = settings.Number("total", 10'000);
  const int64_t chunk = std::min(total, settings.Number("chunk", 5'000));
  Running running = StartAll(all, settings);
  std::vector<Load> loads(all.size());
  for (int64_t done = 0; done < total; done += chunk) {
    for (size_t i = 0; i < all.size(); ++i) {
      Talking& talking = *running[i];
      const TaskFigures before = ReadTask(talking.pid());
      talking.Say(chunk);
      const int64_t took = talking.Hear();
      loads[i].Add(before, ReadTask(talking.pid()));
      loads[i].took_ns += took;
      loads[i].each_ns.push_back(took / chunk);
    }
  }
  for (size_t i = 0; i < all.size(); ++i) {
    JsonLine(all[i].name)
        .Add("orphans", (total + chunk - 1) / chunk * chunk)
        .Add("init_cpu_ns", loads[i].cpu_ns)
        .Add("init_sleeps", loads[i].sleeps)
        .Add("init_switches", loads[i].switches)
        .Add("forker_ns", loads[i].took_ns)
        .Add("forker_each_ns", loads[i].each_ns)
        .Print();
  }
}

void MeasureZombies(const Contestants& all, const Settings& settings) {
  const int64_t rounds = settings.Number("rounds", 10);
  const int64_t count = std::max<int64_t>(1, settings.Number("total", 1'000) / rounds);
  Running running = StartAll(all, settings);
  std::vector<std::vector<int64_t>> longest(all.size());
  std::vector<int64_t> seen(all.size());
  for (int64_t round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < all.size(); ++i) {
      running[i]->Say(count);
      longest[i].push_back(running[i]->Hear());
      seen[i] += running[i]->Hear();
    }
  }
  for (size_t i = 0; i < all.size(); ++i) {
    JsonLine(all[i].name).Add("orphans", count * rounds).Add("longest_ns", longest[i]).Add("seen_dead", seen[i]).Print();
  }
}

void MeasureSignals(const Contestants& all, const Settings& settings) {
  const int64_t total = settings.Number("total", 5'000);
  const int64_t chunk = std::min(total, settings.Number("chunk", 500));
  Running running = StartAll(all, settings);
  for (const auto& talking : running) talking->Hear();
  std::vector<Load> loads(all.size());
  for (int64_t done = 0; done < total; done += chunk) {
    for (size_t i = 0; i < all.size(); ++i) {
      Talking& talking = *running[i];
      const TaskFigures before = ReadTask(talking.pid());
      for (int64_t n = 0; n < chunk; ++n) {
        const int64_t sent = Now();
        if (kill(talking.pid(), SIGUSR1) != 0) Die("kill " + all[i].name);
        loads[i].each_ns.push_back(talking.Hear() - sent);
      }
      loads[i].Add(before, ReadTask(talking.pid()));
    }
  }
  for (size_t i = 0; i < all.size(); ++i) {
    std::vector<int64_t>& each = loads[i].each_ns;
    std::sort(each.begin(), each.end());
    JsonLine(all[i].name)
        .Add("signals", static_cast<int64_t>(each.size()))
        .Add("latency_p10_ns", Quantile(each, 100))
        .Add("latency_p25_ns", Quantile(each, 250))
        .Add("latency_p50_ns", Quantile(each, 500))
        .Add("latency_p75_ns", Quantile(each, 750))
        .Add("latency_p99_ns", Quantile(each, 990))
        .Add("latency_most_ns", each.back())
        .Add("init_cpu_ns", loads[i].cpu_ns)
        .Add("init_sleeps", loads[i].sleeps)
        .Print();
  }
}

}  // namespace foster::bench
