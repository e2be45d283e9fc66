# SPDX-License-Identifier: Apache-2.0
"""Checks Kubernetes manifests against the OpenAPI document of Kubernetes itself (api/openapi-spec/swagger.json of its source), as its API server would: unknown fields are errors."""
import json

import jsonschema

QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity'
NUMBERS = {'int32': 31, 'int64': 63}


class Schema:
    def __init__(self, path):
        with open(path) as f:
            self.definitions = json.load(f)['definitions']
        self.names = {}  # (apiVersion, kind) -> name of the definition
        for name, definition in self.definitions.items():
            for one in definition.get('x-kubernetes-group-version-kind', []):
                self.names.setdefault('/'.join(filter(None, (one['group'], one['version']))) + ' ' + one['kind'], []).append(name)
            self.strict(definition)
        # The document has the grammar in its description only.
        self.definitions[QUANTITY]['pattern'] = r'^[+-]?(\d+|\d+\.\d*|\.\d+)([KMGTPE]i|m|k|M|G|T|P|E|[eE][+-]?\d+)?$'

    def strict(self, schema):
        """What the document leaves to words, or to the server, as JSON schema has it. In place."""
        if 'properties' in schema:
            schema['additionalProperties'] = False
            for one in schema['properties'].values():
                self.strict(one)
        for key in ('items', 'additionalProperties'):
            if isinstance(schema.get(key), dict):
                self.strict(schema[key])
        if schema.get('format') == 'int-or-string':
            schema['type'] = ['integer', 'string']
        elif schema.get('format') in NUMBERS and schema.get('type') == 'integer':
            limit = 2 ** NUMBERS[schema['format']]
            schema.update({'minimum': -limit, 'maximum': limit - 1})

    def definition(self, manifest):
        """The name of the one definition that the manifest's apiVersion and kind are those of."""
        kind = f'{manifest.get("apiVersion")} {manifest.get("kind")}'
        found = self.names.get(kind, [])
        if len(found) != 1:
            raise jsonschema.ValidationError(f'no such kind: {kind}')
        return found[0]

    def validate(self, manifest):
        schema = {'$ref': '#/definitions/' + self.definition(manifest), 'definitions': self.definitions}
        jsonschema.Draft4Validator(schema).validate(manifest)
