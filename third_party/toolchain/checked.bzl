# SPDX-License-Identifier: Apache-2.0
"""checked_binary: a cc_binary built by clang with sanitizers (and for libFuzzer where `checks` is "fuzzed") whatever else is built beside it."""

def _transition_impl(settings, attr):
    return {
        "//command_line_option:compilation_mode": "fastbuild",
        "//command_line_option:copt": [],
        "//command_line_option:cxxopt": [],
        "//command_line_option:linkopt": [],
        "//command_line_option:features": [],
        "//command_line_option:platforms": "//third_party/toolchain:x86_64_" + attr.checks,
    }

_checked = transition(
    implementation = _transition_impl,
    inputs = [],
    outputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:copt",
        "//command_line_option:cxxopt",
        "//command_line_option:linkopt",
        "//command_line_option:features",
        "//command_line_option:platforms",
    ],
)

def _impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = out, target_file = ctx.executable.binary, is_executable = True)
    return [DefaultInfo(executable = out, files = depset([out]), runfiles = ctx.runfiles([out, ctx.executable.binary]))]

checked_binary = rule(
    implementation = _impl,
    executable = True,
    attrs = {
        "binary": attr.label(executable = True, mandatory = True, cfg = _checked),
        "checks": attr.string(mandatory = True, values = ["fuzzed", "sanitized"]),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
    },
)
