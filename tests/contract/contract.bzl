# SPDX-License-Identifier: Apache-2.0
"""contract_test: a suite of sentences about the shipped binary."""

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
