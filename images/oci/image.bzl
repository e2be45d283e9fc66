# SPDX-License-Identifier: Apache-2.0
"""foster_image: an OCI image layout in a tar file, and a docker-archive of its first platform. sbom: what is in a binary."""

# The names that foster answers to as another init.
PERSONALITIES = ["tini", "tini-static", "docker-init", "dumb-init", "catatonit", "pause"]

_VERSION = "version=$$(sed -n 's/.*kVersion\\[\\] = \"\\(.*\\)\".*/\\1/p' $(location //init:version.h)); "

# A release_binary's target has its symbols beside it: the binary is the first of the two.
_FIRST = "first() { echo \"$$1\"; }; "

def sbom(name, binary, architecture):
    native.genrule(
        name = name,
        srcs = [binary, "components.json", "//init:version.h"],
        outs = [name + ".spdx.json"],
        cmd = _FIRST + _VERSION + "python3 $(location sbom.py) --version=$$version --binary=$$(first $(locations %s)) --architecture=%s $(location components.json) >$@" %
                                  (binary, architecture),
        tools = ["sbom.py"],
    )

def foster_image(name, title, what, binaries, sboms, programs = {}, cmd = None, testonly = False):
    """`binaries`, `sboms`: by platform. `programs`: path in the image -> target. `cmd`: the command, where the image has one."""
    srcs = ["//:LICENSE", "//init:version.h"] + [programs[path] for path in sorted(programs)]
    words = [
        "--name=" + title,
        "--tag=$$version",
        "--entrypoint='/foster --'",
        "--label=org.opencontainers.image.title=" + title,
        "--label='org.opencontainers.image.description=%s'" % what,
        "--label=org.opencontainers.image.version=$$version",
        "--label=org.opencontainers.image.licenses=Apache-2.0",
        "--label=org.opencontainers.image.vendor=foster",
        "--label=org.opencontainers.image.base.name=scratch",
    ]
    if cmd:
        words.append("--cmd=" + cmd)
    for platform in sorted(binaries):
        srcs += [binaries[platform], sboms[platform]]
        words += [
            "--platform=" + platform,
            "file:/foster=$$(first $(locations %s))" % binaries[platform],
            "file:/usr/share/doc/foster/copyright=$(location //:LICENSE):0644",
            "file:/usr/share/doc/foster/sbom.spdx.json=$(location %s):0644" % sboms[platform],
        ]
        words += ["link:/%s=foster" % personality for personality in PERSONALITIES]
        for path in sorted(programs):
            words.append("file:%s=$$(first $(locations %s))" % (path, programs[path]))
    native.genrule(
        name = name,
        testonly = testonly,
        srcs = srcs,
        outs = [name + ".tar", name + ".docker.tar"],
        cmd = _FIRST + _VERSION + "python3 $(location oci.py) --out=$(location %s.tar) --docker=$(location %s.docker.tar) %s >/dev/null" %
                                  (name, name, " ".join(words)),
        tools = ["oci.py"],
    )
