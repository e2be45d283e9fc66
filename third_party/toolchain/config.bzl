# SPDX-License-Identifier: Apache-2.0
"""How clang compiles and links: for the release (musl, libc++, small and static), and for what is fuzzed or checked (sanitizers, the host's libraries)."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "action_config", "feature", "flag_group", "flag_set", "tool", "tool_path", "variable_with_value")

_LLVM = "/usr/lib/llvm-16/bin/"

_COMPILE = [
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.assemble,
    ACTION_NAMES.preprocess_assemble,
]

_LINK = [ACTION_NAMES.cpp_link_executable]

def _musl_impl(ctx):
    repository = "external/foster_musl_" + ctx.attr.arch
    includes = [repository + path for path in ["/libcxx_include", "/clang/include", "/musl/include", "/kernel/include"]]
    compile_flags = [
        "--target=" + ctx.attr.arch + "-linux-musl",
        "-nostdinc",
        "-Os",
        "-DNDEBUG",
        "-g1",  # for foster.debug; stripped from what ships
        "-ffunction-sections",
        "-fdata-sections",
        "-fno-asynchronous-unwind-tables",
        "-fno-unwind-tables",
        "-fno-stack-protector",
        "-fno-ident",
        "-fno-pic",
        "-fno-plt",
        "-fmerge-all-constants",
        "-Wno-unused-command-line-argument",
        "-Wno-deprecated-builtins",  # Abseil's headers; they are of clang 14's age
        "-Wno-builtin-macro-redefined",
        "-D__DATE__=\"redacted\"",
        "-D__TIME__=\"redacted\"",
        "-D__TIMESTAMP__=\"redacted\"",
        "-ffile-prefix-map=/proc/self/cwd=.",
        "-fdebug-compilation-dir=.",
    ]
    for include in includes:
        compile_flags += ["-isystem", include]
    cxx_flags = ["-std=c++17", "-nostdinc++", "-fno-exceptions", "-fno-rtti"]
    link_flags = [
        "--target=" + ctx.attr.arch + "-linux-musl",
        "-fuse-ld=lld",
        "--ld-path=" + _LLVM + "ld.lld",
        "-nostdlib",
        "-static",
        "-no-pie",
        "-Wno-unused-command-line-argument",
        # Not crti.o and crtn.o: all they hold is an _init and a _fini for C libraries older than .init_array, far from the other start-up code.
        repository + "/musl/lib/crt1.o",
        "-Wl,--gc-sections",
        "-Wl,--icf=all",
        "-Wl,--build-id=none",
        "-Wl,-z,noexecstack",
        "-Wl,-z,norelro",
        "-Wl,-z,noseparate-code",
        "-Wl,--no-eh-frame-hdr",
    ]
    link_libs = [
        "-Wl,--start-group",
        repository + "/lib/libc++.a",
        repository + "/musl/lib/libc.a",
        repository + "/lib/libgcc.a",
        "-Wl,--end-group",
    ]
    return _clang(ctx, ctx.attr.arch, "musl", compile_flags, cxx_flags, link_flags, link_libs, includes + ctx.attr.extra_include_directories)

# Addresses, leaks and undefined behaviour; with `fuzzer`, paths are counted as well, and libFuzzer has the main function.
def _checked_impl(ctx):
    checks = ["-fsanitize=address,undefined"]
    compile_flags = checks + [
        "-fno-sanitize-recover=all",
        "-O1",
        "-g1",
        "-fno-omit-frame-pointer",
        "-fPIC",
        "-ffile-prefix-map=/proc/self/cwd=.",
        "-fdebug-compilation-dir=.",
        "-Wno-unused-command-line-argument",
        "-Wno-deprecated-builtins",
    ]
    if ctx.attr.fuzzer:
        compile_flags.append("-fsanitize=fuzzer-no-link")
        checks.append("-fsanitize=fuzzer")
    link_flags = checks + [
        "--driver-mode=g++",
        "-fuse-ld=lld",
        "--ld-path=" + _LLVM + "ld.lld",
        "-pie",
        "-Wno-unused-command-line-argument",
    ]
    return _clang(ctx, "x86_64", "glibc", compile_flags, ["-std=c++17"], link_flags, ["-lpthread"], [])

def _clang(ctx, arch, libc, compile_flags, cxx_flags, link_flags, link_libs, includes):
    features = [
        feature(name = "no_legacy_features"),
        feature(name = "supports_pic", enabled = False),
        feature(name = "opt"),
        feature(name = "release_compile", enabled = True, flag_sets = [
            flag_set(actions = _COMPILE, flag_groups = [flag_group(flags = compile_flags)]),
            flag_set(actions = [ACTION_NAMES.cpp_compile], flag_groups = [flag_group(flags = cxx_flags)]),
        ]),
        # For what reads, as PID 1, what others write: asked for by the targets of that (features = ["guard_stack"]). The host's toolchain knows no such word.
        feature(name = "guard_stack", flag_sets = [
            flag_set(actions = [ACTION_NAMES.c_compile, ACTION_NAMES.cpp_compile], flag_groups = [flag_group(flags = ["-fstack-protector-strong"])]),
        ]),
        feature(name = "dependency_file", enabled = True, flag_sets = [flag_set(
            actions = _COMPILE,
            flag_groups = [flag_group(expand_if_available = "dependency_file", flags = ["-MD", "-MF", "%{dependency_file}"])],
        )]),
        feature(name = "preprocessor_defines", enabled = True, flag_sets = [flag_set(
            actions = _COMPILE,
            flag_groups = [flag_group(iterate_over = "preprocessor_defines", flags = ["-D%{preprocessor_defines}"])],
        )]),
        feature(name = "include_paths", enabled = True, flag_sets = [flag_set(
            actions = _COMPILE,
            flag_groups = [
                flag_group(iterate_over = "quote_include_paths", flags = ["-iquote", "%{quote_include_paths}"]),
                flag_group(iterate_over = "include_paths", flags = ["-I%{include_paths}"]),
                flag_group(iterate_over = "system_include_paths", flags = ["-isystem", "%{system_include_paths}"]),
            ],
        )]),
        feature(name = "user_compile_flags", enabled = True, flag_sets = [flag_set(
            actions = _COMPILE,
            flag_groups = [flag_group(iterate_over = "user_compile_flags", expand_if_available = "user_compile_flags", flags = ["%{user_compile_flags}"])],
        )]),
        feature(name = "compiler_io", enabled = True, flag_sets = [flag_set(
            actions = _COMPILE,
            flag_groups = [
                flag_group(expand_if_available = "source_file", flags = ["-c", "%{source_file}"]),
                flag_group(expand_if_available = "output_file", flags = ["-o", "%{output_file}"]),
            ],
        )]),
        feature(name = "release_link", enabled = True, flag_sets = [flag_set(
            actions = _LINK,
            flag_groups = [
                flag_group(flags = link_flags + ["-o", "%{output_execpath}"]),
                flag_group(iterate_over = "user_link_flags", expand_if_available = "user_link_flags", flags = ["%{user_link_flags}"]),
                flag_group(iterate_over = "libraries_to_link", expand_if_available = "libraries_to_link", flag_groups = [
                    flag_group(
                        iterate_over = "libraries_to_link.object_files",
                        expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file_group"),
                        flags = ["%{libraries_to_link.object_files}"],
                    ),
                    flag_group(
                        expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file"),
                        flags = ["%{libraries_to_link.name}"],
                    ),
                    flag_group(
                        expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "static_library"),
                        flag_groups = [
                            flag_group(expand_if_true = "libraries_to_link.is_whole_archive", flags = ["-Wl,--whole-archive"]),
                            flag_group(flags = ["%{libraries_to_link.name}"]),
                            flag_group(expand_if_true = "libraries_to_link.is_whole_archive", flags = ["-Wl,--no-whole-archive"]),
                        ],
                    ),
                ]),
                flag_group(flags = link_libs),
            ],
        )]),
        feature(name = "archiver", enabled = True, flag_sets = [flag_set(
            actions = [ACTION_NAMES.cpp_link_static_library],
            flag_groups = [
                flag_group(flags = ["rcsD", "%{output_execpath}"]),
                flag_group(iterate_over = "libraries_to_link", expand_if_available = "libraries_to_link", flag_groups = [
                    flag_group(
                        iterate_over = "libraries_to_link.object_files",
                        expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file_group"),
                        flags = ["%{libraries_to_link.object_files}"],
                    ),
                    flag_group(
                        expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file"),
                        flags = ["%{libraries_to_link.name}"],
                    ),
                ]),
            ],
        )]),
    ]
    # Every action names its tool, so that none of Bazel's older, built-in features is mixed in.
    action_configs = [
        action_config(action_name = action, enabled = True, tools = [tool(path = _LLVM + "clang")])
        for action in _COMPILE + _LINK
    ] + [
        action_config(action_name = ACTION_NAMES.cpp_link_static_library, enabled = True, tools = [tool(path = _LLVM + "llvm-ar")]),
        action_config(action_name = ACTION_NAMES.strip, enabled = True, tools = [tool(path = _LLVM + "llvm-strip")]),
    ]
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        action_configs = action_configs,
        toolchain_identifier = "foster-%s-%s" % (ctx.label.name, arch),
        host_system_name = "local",
        target_system_name = "%s-linux-%s" % (arch, libc),
        target_cpu = arch,
        target_libc = libc,
        compiler = "clang",
        abi_version = libc,
        abi_libc_version = libc,
        features = features,
        cxx_builtin_include_directories = includes + [
            "/usr/lib/llvm-16/lib/clang/16/include",
            "/usr/include",
            "/usr/lib/llvm-16/lib/clang",
        ],
        tool_paths = [
            tool_path(name = "gcc", path = _LLVM + "clang"),
            tool_path(name = "cpp", path = _LLVM + "clang"),
            tool_path(name = "ld", path = _LLVM + "ld.lld"),
            tool_path(name = "ar", path = _LLVM + "llvm-ar"),
            tool_path(name = "nm", path = _LLVM + "llvm-nm"),
            tool_path(name = "objdump", path = _LLVM + "llvm-objdump"),
            tool_path(name = "objcopy", path = _LLVM + "llvm-objcopy"),
            tool_path(name = "strip", path = _LLVM + "llvm-strip"),
            tool_path(name = "gcov", path = "/bin/false"),
        ],
    )

musl_toolchain_config = rule(
    implementation = _musl_impl,
    attrs = {
        "arch": attr.string(mandatory = True),
        "extra_include_directories": attr.string_list(),
    },
    provides = [CcToolchainConfigInfo],
)

checked_toolchain_config = rule(
    implementation = _checked_impl,
    attrs = {"fuzzer": attr.bool(mandatory = True)},
    provides = [CcToolchainConfigInfo],
)
