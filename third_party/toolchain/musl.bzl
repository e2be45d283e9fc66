# SPDX-License-Identifier: Apache-2.0
"""A repository with all that the release toolchain reads: musl, the kernel's headers, clang's own, and libc++ built from source.

Everything a compile or link line names lies under external/<name>/, a path that is stable under the execution root.
"""

# What Abseil, foster and (iostream) GoogleTest need of libc++; locale, ios and thread only so that the link resolves (section
# garbage collection drops them again).
_LIBCXX = [
    "algorithm", "bind", "charconv", "chrono", "condition_variable", "condition_variable_destructor",
    "exception", "functional", "hash", "ios", "ios.instantiations", "iostream", "locale", "memory", "mutex",
    "mutex_destructor", "new", "optional", "random_shuffle", "stdexcept", "string", "system_error",
    "thread", "typeinfo", "utility", "variant", "vector", "verbose_abort",
]

_LIBCXXABI = [
    "abort_message", "cxa_aux_runtime", "cxa_default_handlers", "cxa_guard", "cxa_handlers",
    "cxa_noexception", "cxa_virtual", "stdlib_exception", "stdlib_new_delete", "stdlib_stdexcept",
    "stdlib_typeinfo",
]

_LLVM = "/usr/lib/llvm-16"

def _run(ctx, arguments, what):
    result = ctx.execute(arguments, timeout = 600)
    if result.return_code != 0:
        fail("%s: %s\n%s%s" % (ctx.name, what, result.stdout, result.stderr))

def _impl(ctx):
    arch = ctx.attr.arch
    triple = arch + "-linux-musl"

    # Where another architecture's packages are unpacked, or the machine itself.
    sysroot = ctx.os.environ.get("FOSTER_SYSROOT_" + arch, "")
    machine = ctx.execute(["uname", "-m"]).stdout.strip()
    ctx.file("BUILD.bazel", """
package(default_visibility = ["//visibility:public"])
filegroup(name = "all", srcs = glob(["**"]))
""")
    if sysroot == "" and machine != arch:
        # Loaded, but nobody can build with it: said when somebody tries.
        ctx.file("MISSING", "tools/setup has not unpacked the packages for " + arch + "\n")
        return

    gnu = arch + "-linux-gnu"
    ctx.symlink(sysroot + "/usr/include/" + triple, "musl/include")
    ctx.symlink(sysroot + "/usr/lib/" + triple, "musl/lib")
    ctx.symlink(_LLVM + "/lib/clang/16/include", "clang/include")
    for folder, source in [
        ("linux", "/usr/include/linux"),
        ("asm-generic", "/usr/include/asm-generic"),
        ("asm", ("/usr/include/" if sysroot == "" else sysroot + "/usr/include/") + gnu + "/asm"),
    ]:
        ctx.symlink(source, "kernel/include/" + folder)
    libgcc = [
        sysroot + "/usr/lib/gcc/" + gnu + "/12/libgcc.a",
        sysroot + "/usr/lib/gcc-cross/" + gnu + "/12/libgcc.a",
    ]
    for candidate in libgcc:
        if ctx.path(candidate).exists:
            ctx.symlink(candidate, "lib/libgcc.a")
            break

    llvm = ctx.path(Label("@llvm_project//:libcxx/include/__config_site.in")).dirname.dirname.dirname
    _run(ctx, ["cp", "-r", str(llvm) + "/libcxx/include", "libcxx_include"], "cannot copy libc++'s headers")
    _run(ctx, ["cp", str(llvm) + "/libcxxabi/include/cxxabi.h", str(llvm) + "/libcxxabi/include/__cxxabi_config.h", "libcxx_include/"], "cannot copy libc++abi's headers")
    ctx.file("libcxx_include/__config_site", _CONFIG_SITE)

    flags = [
        "--target=" + triple, "-std=c++20", "-Os", "-fno-exceptions", "-fno-rtti", "-ffunction-sections", "-fdata-sections",
        "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fno-ident", "-fno-pic", "-nostdinc", "-nostdinc++", "-w",
        "-DLIBCXX_BUILDING_LIBCXXABI", "-D_LIBCPP_BUILDING_LIBRARY", "-D_LIBCXXABI_BUILDING_LIBRARY", "-D_LIBCXXABI_NO_EXCEPTIONS",
        "-isystem", "libcxx_include", "-I", str(llvm) + "/libcxxabi/include", "-I", str(llvm) + "/libcxx/src",
        "-isystem", "clang/include", "-isystem", "musl/include", "-isystem", "kernel/include",
    ]
    sources = ["%s/libcxx/src/%s.cpp" % (llvm, name) for name in _LIBCXX]
    sources += ["%s/libcxxabi/src/%s.cpp" % (llvm, name) for name in _LIBCXXABI]
    ctx.file("build.sh", """#!/bin/sh
# Compiles libc++ and libc++abi, a file per core at a time.
set -e
mkdir -p obj lib
for source in %s; do
  case $source in */libcxxabi/*) out=obj/abi_$(basename $source .cpp).o ;; *) out=obj/$(basename $source .cpp).o ;; esac
  echo "$source $out"
done | xargs -P %s -L 1 sh -c '%s/bin/clang++ %s -c "$0" -o "$1"'
rm -f lib/libc++.a
%s/bin/llvm-ar rcsD lib/libc++.a obj/*.o
rm -r obj
""" % (" ".join(sources), "$(nproc)", _LLVM, " ".join(flags), _LLVM), executable = True)
    ctx.report_progress("building libc++ for " + triple)
    _run(ctx, ["sh", "./build.sh"], "cannot build libc++")

_CONFIG_SITE = """
#ifndef _LIBCPP_CONFIG_SITE
#define _LIBCPP_CONFIG_SITE
#define _LIBCPP_ABI_VERSION 1
#define _LIBCPP_ABI_NAMESPACE __1
#define _LIBCPP_HAS_MUSL_LIBC
#define _LIBCPP_HAS_NO_VENDOR_AVAILABILITY_ANNOTATIONS
#define _LIBCPP_HAS_NO_INCOMPLETE_PSTL
#define _LIBCPP_ENABLE_ASSERTIONS_DEFAULT 0
#endif
"""

musl_toolchain = repository_rule(
    implementation = _impl,
    attrs = {"arch": attr.string(mandatory = True)},
    environ = ["FOSTER_SYSROOT_aarch64", "FOSTER_SYSROOT_x86_64"],
    doc = "The release toolchain's files for one architecture.",
)
