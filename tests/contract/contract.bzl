# SPDX-License-Identifier: Apache-2.0
"""contract_test: a suite of sentences about the shipped binary. SUITES: all of them."""

SUITES = [
    "allocations_test",
    "early_signals_test",
    "exit_status_test",
    "held_test",
    "idle_test",
    "lifetimes_test",
    "limits_test",
    "orphans_test",
    "peer_holes_test",
    "readiness_test",
    "sandbox_test",
    "signal_state_test",
    "signals_test",
    "terminal_test",
    "the_end_test",
]

def contract_test(name, deps = [], data = [], **kwargs):
    native.cc_test(
        name = name,
        size = "medium",
        srcs = [name + ".cc"],
        data = data + [
            "//init:foster",
            "//tests/workloads:act",
        ],
        deps = deps + [
            "//os:file_descriptor",
            "//os:pidfd",
            "//os:signal_calls",
            "//tests/util:foster_process",
            "//tests/util:kernel",
            "//tests/util:proc",
            "//tests/util:setting",
            "//tests/util:temp_folder",
            "@com_google_googletest//:gtest_main",
        ],
        **kwargs
    )
