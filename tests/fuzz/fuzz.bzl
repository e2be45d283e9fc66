# SPDX-License-Identifier: Apache-2.0
"""fuzz_target: a function that is given bytes, built for libFuzzer with sanitizers, and its short run among the tests."""

load("//third_party/toolchain:checked.bzl", "checked_binary")

def fuzz_target(name, deps, runs):
    """`:NAME` is the program, `:NAME_test` replays corpus/NAME and then tries `runs` more inputs, always the same ones."""
    native.cc_binary(
        name = name + "_fuzzed",
        testonly = True,
        srcs = [name + ".cc"],
        target_compatible_with = ["//third_party/toolchain:fuzzed"],
        deps = deps + [":fuzz"],
    )
    checked_binary(
        name = name,
        testonly = True,
        binary = ":" + name + "_fuzzed",
        checks = "fuzzed",
        target_compatible_with = ["@platforms//cpu:x86_64"],
    )
    native.sh_test(
        name = name + "_test",
        size = "medium",
        srcs = ["short_run"],
        args = ["$(location :%s)" % name, native.package_name() + "/corpus/" + name, str(runs)],
        data = [":" + name] + native.glob(["corpus/%s/*" % name]),
        target_compatible_with = ["@platforms//cpu:x86_64"],
    )
