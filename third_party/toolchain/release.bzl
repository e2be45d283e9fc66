# SPDX-License-Identifier: Apache-2.0
"""release_binary: a cc_binary built with the release toolchain whatever else is built beside it, stripped, its symbols aside."""

def _transition_impl(settings, attr):
    return {
        # The release flags are the toolchain's own; what the command line says (sanitizers, say) is for the host's.
        "//command_line_option:compilation_mode": "opt",
        "//command_line_option:copt": [],
        "//command_line_option:cxxopt": [],
        "//command_line_option:linkopt": [],
        "//command_line_option:features": [],
        "//command_line_option:platforms": "//third_party/toolchain:%s_musl" % attr.arch,
        "//command_line_option:strip": "never",
    }

_release = transition(
    implementation = _transition_impl,
    inputs = [],
    outputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:copt",
        "//command_line_option:cxxopt",
        "//command_line_option:linkopt",
        "//command_line_option:features",
        "//command_line_option:platforms",
        "//command_line_option:strip",
    ],
)

def _impl(ctx):
    whole = ctx.executable.binary
    stripped = ctx.actions.declare_file(ctx.label.name)
    debug = ctx.actions.declare_file(ctx.label.name + ".debug")
    ctx.actions.run_shell(
        inputs = [whole],
        outputs = [stripped, debug],
        command = """set -e
bin=/usr/lib/llvm-16/bin
$bin/llvm-objcopy --only-keep-debug "$1" "$3"
$bin/llvm-strip --strip-all -o "$2" "$1"
# The section headers and the compiler's comments are read by nobody at run time.
$bin/llvm-objcopy --remove-section=.comment --strip-sections "$2" "$2"
""",
        arguments = [whole.path, stripped.path, debug.path],
        mnemonic = "StripRelease",
    )
    return [
        DefaultInfo(executable = stripped, files = depset([stripped, debug]), runfiles = ctx.runfiles([stripped, debug])),
        OutputGroupInfo(whole = depset([whole])),
    ]

release_binary = rule(
    implementation = _impl,
    executable = True,
    attrs = {
        "binary": attr.label(executable = True, mandatory = True, cfg = _release),
        "arch": attr.string(default = "x86_64"),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
    },
)
