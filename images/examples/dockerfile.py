# SPDX-License-Identifier: Apache-2.0
"""What tests need to know of the examples' Dockerfiles."""
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))


def words_of(example):
    """The entry point and the command of a Dockerfile."""
    with open(os.path.join(HERE, example, 'Dockerfile')) as f:
        found = dict(re.findall(r'^(ENTRYPOINT|CMD) (\[.*\])$', f.read(), re.M))
    return json.loads(found['ENTRYPOINT']), json.loads(found['CMD'])
