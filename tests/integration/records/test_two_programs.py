from __future__ import annotations

import subprocess
import sys

from noseprint.records.records import Records

CHIP = "900182001234567"
ENROL_AND_DIE = """
import os, sys
from datetime import UTC, datetime
import numpy as np
from noseprint.errors import NoseprintError
from noseprint.records.entities import NewEnrolment, PetFacts, Template
from noseprint.records.records import Records

url, pet_did, microchip = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
template = Template(np.ones(512, np.float32), "model", "a" * 64, 1.0)
facts = PetFacts("초코", microchip=microchip)
records = Records.open(url)
try:
    records.enrol(NewEnrolment(pet_did, facts, None, (), (), template, "이수의", datetime.now(UTC)))
except NoseprintError as error:
    print(error.code.name, flush=True)
else:
    print("enrolled", flush=True)
os._exit(9)
"""


def test_programs_share_a_new_database_and_what_one_kept_outlives_it(url: str) -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", ENROL_AND_DIE, url, pet_did, CHIP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for pet_did in ("did:first", "did:second")
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    answers = [program.communicate("\n", timeout=60)[0].strip() for program in programs]
    assert sorted(answers) == ["MICROCHIP_TAKEN", "enrolled"]
    winner = ("did:first", "did:second")[answers.index("enrolled")]
    with Records.open(url) as records:
        assert [pet.pet_did for pet in records.find_pets()] == [winner]
        assert records.template_count("a" * 64) == 1
