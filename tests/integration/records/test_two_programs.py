from __future__ import annotations

import os
import subprocess
import sys

from noseprint.records.records import Records
from tests.support.vault import VAULT

CHIP = "900182001234567"
FIRST, SECOND = (f"did:ethr:besu:0x{digit * 40}" for digit in "12")
ENROL_AND_DIE = """
import os, sys
from datetime import UTC, datetime
import numpy as np
from noseprint.errors import NoseprintError
from noseprint.records.entities import NewEnrolment, PetFacts, Template
from noseprint.records.records import Records
from noseprint.settings import Secret
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault

url, pet_did, microchip = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
template = Template(np.ones(512, np.float32), "model", "a" * 64, 1.0)
facts = PetFacts("초코", microchip=microchip)
records = Records.open(url, Vault(KeyRing.parse(Secret(os.environ["KEYS"]), "KEYS")))
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
            env=os.environ | {"KEYS": VAULT.keys.written().reveal()},
            text=True,
        )
        for pet_did in (FIRST, SECOND)
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    answers = [program.communicate("\n", timeout=60)[0].strip() for program in programs]
    assert sorted(answers) == ["MICROCHIP_TAKEN", "enrolled"]
    winner = (FIRST, SECOND)[answers.index("enrolled")]
    with Records.open(url, VAULT) as records:
        assert [pet.pet_did for pet in records.find_pets()] == [winner]
        assert records.template_count("a" * 64) == 1
