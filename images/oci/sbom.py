#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what is in foster's binary as an SPDX 2.3 document (JSON): sbom.py --version=V --binary=FILE --architecture=ARCH COMPONENTS.json >SBOM"""
import argparse
import hashlib
import json
import time


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--version', required=True)
    parser.add_argument('--binary', required=True)
    parser.add_argument('--architecture', required=True)
    parser.add_argument('components')
    options = parser.parse_args()
    with open(options.binary, 'rb') as f:
        binary = f.read()
    with open(options.components) as f:
        components = json.load(f)
    sha256 = hashlib.sha256(binary).hexdigest()

    packages = [{
        'SPDXID': 'SPDXRef-foster', 'name': 'foster', 'versionInfo': options.version, 'supplier': 'NOASSERTION', 'downloadLocation': 'NOASSERTION',
        'filesAnalyzed': False, 'licenseConcluded': 'Apache-2.0', 'licenseDeclared': 'Apache-2.0', 'copyrightText': 'NOASSERTION',
        'primaryPackagePurpose': 'APPLICATION', 'checksums': [{'algorithm': 'SHA256', 'checksumValue': sha256}],
        'externalRefs': [{'referenceCategory': 'PACKAGE-MANAGER', 'referenceType': 'purl',
                          'referenceLocator': f'pkg:generic/foster@{options.version}?arch={options.architecture}'}],
    }]
    relationships = [{'spdxElementId': 'SPDXRef-DOCUMENT', 'relationshipType': 'DESCRIBES', 'relatedSpdxElement': 'SPDXRef-foster'}]
    for one in components:
        reference = 'SPDXRef-' + one['name'].replace('+', 'p').replace(' ', '-')
        packages.append({
            'SPDXID': reference, 'name': one['name'], 'versionInfo': one['version'], 'supplier': 'NOASSERTION',
            'downloadLocation': one.get('download', 'NOASSERTION'), 'filesAnalyzed': False, 'licenseConcluded': one['licence'],
            'licenseDeclared': one['licence'], 'copyrightText': one['copyright'], 'primaryPackagePurpose': 'LIBRARY',
        })
        relationships.append({'spdxElementId': 'SPDXRef-foster', 'relationshipType': 'STATIC_LINK', 'relatedSpdxElement': reference})
    document = {
        'spdxVersion': 'SPDX-2.3', 'dataLicense': 'CC0-1.0', 'SPDXID': 'SPDXRef-DOCUMENT', 'name': f'foster-{options.version}-{options.architecture}',
        'documentNamespace': f'https://spdx.org/spdxdocs/foster-{options.version}-{options.architecture}-{sha256[:32]}',
        'creationInfo': {'created': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(0)), 'creators': ['Tool: foster-sbom']},
        'packages': packages, 'relationships': relationships,
    }
    print(json.dumps(document, indent=1, sort_keys=True))


if __name__ == '__main__':
    main()
