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

    # A copy: tests tell it from the one that ships by its name, and a link's name is not what they see.
    ctx.actions.run_shell(
        inputs = [ctx.executable.binary],
        outputs = [out],
        command = 'cp "$1" "$2"',
        arguments = [ctx.executable.binary.path, out.path],
        mnemonic = "CopyChecked",
    )
    return [DefaultInfo(executable = out, files = depset([out]), runfiles = ctx.runfiles([out]))]

checked_binary = rule(
    implementation = _impl,
    executable = True,
    attrs = {
        "binary": attr.label(executable = True, mandatory = True, cfg = _checked),
        "checks": attr.string(mandatory = True, values = ["fuzzed", "sanitized"]),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
    },
)
