#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compose.yaml and the Kubernetes manifests: valid by the schemas of docker-compose and of Kubernetes themselves, and with times that fit foster's."""
import copy
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import counted_tests  # noqa: E402
from dockerfile import words_of  # noqa: E402

try:
    import jsonschema
    import yaml
    import kubernetes_schema
except ImportError as missing:
    jsonschema = None
    MISSING = f'{missing.name} is not installed'

FOSTER = os.path.join(TOP, 'init', 'foster')
SWAGGER = os.path.join(os.environ.get('TEST_SRCDIR', os.path.dirname(TOP)), 'kubernetes', 'api', 'openapi-spec', 'swagger.json')
COMPOSE_SCHEMA = '/usr/lib/python3/dist-packages/compose/config/compose_spec.json'
MANIFESTS = sorted(glob.glob(os.path.join(HERE, 'kubernetes', '*.yaml')))


def load(path):
    with open(os.path.join(HERE, path)) as f:
        return yaml.safe_load(f)


def seconds(text):
    match = re.fullmatch(r'(\d+)(ms|s|m)?', str(text))
    return int(match[1]) * {'ms': 0.001, 's': 1, 'm': 60, None: 1}[match[2]]


def option(words, name):
    return next((word.partition('=')[2] for word in words if word.startswith(f'--{name}=')), None)


def places(node, path=()):
    """Every field of a document, as the keys that lead to it."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if isinstance(node, dict):
            yield (*path, key)
        yield from places(value, (*path, key))


def holder(document, path):
    for key in path[:-1]:
        document = document[key]
    return document


def pod_of(manifest):
    return manifest['spec'].get('template', manifest)['spec']


@unittest.skipUnless(jsonschema, '' if jsonschema else MISSING)
class TestCompose(unittest.TestCase):
    def test_it_gives_more_time_than_foster_takes(self):
        for name, service in load('compose.yaml')['services'].items():
            words = words_of(service['build'].lstrip('./'))[0] if 'build' in service else ['--grace=' + service['environment']['FOSTER_GRACE']]
            self.assertGreater(seconds(service['stop_grace_period']), 2 * seconds(option(words, 'grace')), name)  # the workload alone, then everybody

    @unittest.skipUnless(os.path.exists(COMPOSE_SCHEMA), 'docker-compose, which has the schema, is not installed')
    def test_it_is_valid_and_every_field_of_it_misspelt_is_not(self):
        with open(COMPOSE_SCHEMA) as f:
            validator = jsonschema.Draft7Validator(json.load(f))
        good = load('compose.yaml')
        validator.validate(good)
        free = {('services',), ('volumes',), ('services', 'other', 'environment')}  # whose fields are names of the user's own
        tried = 0
        for path in places(good):
            if path[:-1] in free:
                continue
            bad = copy.deepcopy(good)
            inside = holder(bad, path)
            inside[path[-1] + 'x'] = inside.pop(path[-1])
            with self.subTest(path), self.assertRaises(jsonschema.ValidationError):
                validator.validate(bad)
            tried += 1
        self.assertGreater(tried, 10)

    @unittest.skipUnless(shutil.which('docker-compose'), 'docker-compose is not installed')
    def test_docker_compose_reads_it(self):
        done = subprocess.run(['docker-compose', '--file', os.path.join(HERE, 'compose.yaml'), 'config'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(sorted(yaml.safe_load(done.stdout)['services']), ['cache', 'db', 'other', 'web'])


@unittest.skipUnless(jsonschema, '' if jsonschema else MISSING)
class TestKubernetes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = kubernetes_schema.Schema(SWAGGER)

    def refuses(self, manifest, change):
        bad = copy.deepcopy(manifest)
        change(bad)
        with self.assertRaises(jsonschema.ValidationError):
            self.schema.validate(bad)

    def test_the_manifests_are_valid(self):
        self.assertEqual(len(MANIFESTS), 3)
        for path in MANIFESTS:
            with self.subTest(os.path.basename(path)):
                self.schema.validate(load(path))

    def test_every_field_misspelt_is_refused(self):
        free = {'labels', 'matchLabels', 'limits', 'annotations'}  # whose fields are names of the user's own
        tried = 0
        for manifest in map(load, MANIFESTS):
            for path in places(manifest):
                if len(path) > 1 and path[-2] in free:
                    continue

                def misspell(bad, path=path):
                    inside = holder(bad, path)
                    inside[path[-1] + 's'] = inside.pop(path[-1])
                with self.subTest(path):
                    self.refuses(manifest, misspell)
                tried += 1
        self.assertGreater(tried, 60)

    def test_every_value_of_another_type_is_refused(self):
        for manifest in map(load, MANIFESTS):
            for path in places(manifest):
                def put_another(bad, path=path):
                    inside = holder(bad, path)
                    inside[path[-1]] = [1] if isinstance(inside[path[-1]], (str, int, dict)) else 'text'
                with self.subTest(path):
                    self.refuses(manifest, put_another)

    def test_what_is_required_must_be_there(self):
        pod, web = load('kubernetes/copied-in.yaml'), load('kubernetes/entry-point.yaml')
        self.refuses(pod, lambda bad: bad['spec'].pop('containers'))
        self.refuses(pod, lambda bad: bad['spec']['containers'][0].pop('name'))
        self.refuses(pod, lambda bad: bad['spec']['volumes'][0].pop('name'))
        self.refuses(pod, lambda bad: bad['spec']['initContainers'][0]['volumeMounts'][0].pop('mountPath'))
        self.refuses(web, lambda bad: bad['spec'].pop('selector'))
        self.refuses(web, lambda bad: bad['spec']['template']['spec']['containers'][0]['ports'][0].pop('containerPort'))

    def test_quantities_and_numbers_are_looked_at(self):
        pod, web = load('kubernetes/copied-in.yaml'), load('kubernetes/entry-point.yaml')
        self.refuses(pod, lambda bad: bad['spec']['volumes'][0]['emptyDir'].update(sizeLimit='1MiB'))
        self.refuses(web, lambda bad: bad['spec'].update(replicas=2 ** 31))
        self.refuses(web, lambda bad: bad.update(apiVersion='v1'))

    def test_it_gives_more_time_than_foster_takes(self):
        for path in MANIFESTS:
            spec = pod_of(load(path))
            for container in spec['containers']:
                words = container['command']
                takes = seconds(option(words, 'stop-delay') or 0) + 2 * seconds(option(words, 'grace') or 0)
                self.assertGreater(spec['terminationGracePeriodSeconds'], takes, path)

    def test_pods_and_their_selectors_agree(self):
        web = load('kubernetes/entry-point.yaml')
        self.assertLessEqual(web['spec']['selector']['matchLabels'].items(), web['spec']['template']['metadata']['labels'].items())

    def test_what_is_mounted_is_a_volume(self):
        for path in MANIFESTS:
            spec = pod_of(load(path))
            volumes = {volume['name'] for volume in spec.get('volumes', [])}
            for container in spec['containers'] + spec.get('initContainers', []):
                self.assertLessEqual({mount['name'] for mount in container.get('volumeMounts', [])}, volumes, path)


@unittest.skipUnless(jsonschema, '' if jsonschema else MISSING)
class TestCommands(unittest.TestCase):
    def test_every_foster_command_is_accepted(self):
        # Wrong usage is refused before anything is done; a program that is not there comes after that.
        commands = [words_of(os.path.basename(os.path.dirname(path)))[0] for path in glob.glob(os.path.join(HERE, '*', 'Dockerfile'))]
        for path in MANIFESTS:
            commands += [c['command'] for c in pod_of(load(path))['containers']]
        self.assertGreater(len(commands), 8)
        for words in commands:
            # What must exist here is not the example's affair.
            words = [word for word in words[1:] if word != '--' and not word.startswith('--user=')]
            done = subprocess.run([FOSTER, *words, '--help'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == '__main__':
    counted_tests.main()
