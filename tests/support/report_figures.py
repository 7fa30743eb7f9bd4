"""Made-up figures of a report in which nothing went wrong, to be changed by tests."""

from __future__ import annotations

from training.report.figures import (
    Bound,
    Data,
    Figures,
    Fusion,
    Model,
    OperatingPoint,
    Rate,
    System,
    SystemRates,
    Trial,
)
from training.report.use_figures import (
    Acquisition,
    Condition,
    Discard,
    Finder,
    Identification,
    LookUp,
    Population,
    Speed,
    Strangers,
    TemplateVerdicts,
)
from training.report.verdict_figures import Verdicts

NO_ERROR = Rate(value=0.0, lower=0.0, upper=0.451, method="exact bound")
GENUINE = Verdicts(comparisons=10, same=10, review=0)
IMPOSTOR = Verdicts(comparisons=40, same=0, review=1)
MODEL = Model(
    name="tiny",
    sha256="0" * 64,
    cosine_at_review=0.5,
    cosine_at_same=0.7,
    calibrated_by="4,000 impostors",
    card={"data": "made up"},
)


def system(name: System) -> SystemRates:
    judges = name != "keypoints"
    return SystemRates(
        system=name,
        eer=NO_ERROR,
        fnmr_at_fmr=tuple(
            OperatingPoint(target_fmr=target, threshold=0.6, fnmr=NO_ERROR) for target in (0.01, 0.001, 0.0001)
        ),
        least_genuine=0.8,
        greatest_impostor=0.6,
        genuine=GENUINE if judges else None,
        impostor=IMPOSTOR if judges else None,
    )


def trial(retakes: int) -> Trial:
    return Trial(
        retakes=retakes,
        photographs=12,
        identities=6,
        genuine_identities=5,
        genuine=10,
        impostor=40,
        systems=(system("embedder"), system("keypoints"), system("fused")),
        mean_of_retakes=(0.01, 0.02, 0.03) if retakes else None,
    )


def condition(strength: float) -> Condition:
    return Condition(
        degradation="blur" if strength else "none",
        unit="% of the side",
        strength=strength,
        comparisons=20,
        median_similarity=0.9,
        lower_similarity=0.8,
        different=0.0,
        not_same=0.05,
        false_matches=0,
        impostors=100,
        median_quality=90.0,
        refused=0.0,
    )


def figures() -> Figures:
    return Figures(
        model=MODEL,
        reference=None,
        fusion=Fusion(
            weight=0.05,
            by_chance=6,
            most_inliers=16,
            score_at_review=0.5,
            score_at_same=0.7,
            calibrated_by="4,000 impostors",
        ),
        data=Data(
            enrolled_set=None,
            singles_set=None,
            enrolled_photographs=12,
            enrolled_dogs=6,
            photographs_of_repeated_dogs=(2, 2, 2, 2, 3),
            singles=3,
            generated_dogs=100,
            photographs_of_generated_dog=3,
            side_of_generated_photograph=224,
            strangers=10,
            refused=(),
        ),
        photographs=trial(0),
        retakes=trial(8),
        all_photographs=trial(0),
        all_retakes=trial(8),
        taken_in=trial(0),
        templates=(
            TemplateVerdicts(
                kind="genuine", embedder=GENUINE, fused=GENUINE, least_similarity=0.9, greatest_similarity=0.99
            ),
        ),
        populations=(Population(kind="real with generated", verdicts=IMPOSTOR, greatest=0.6),),
        acquisition=(
            Acquisition(
                crew="enrolled", presented=12, unreadable=0, too_poor=0, least_quality=60.0, median_quality=99.0
            ),
        ),
        look_up=LookUp(
            gallery_generated=100,
            gallery_real=9,
            candidates=5,
            thresholds_at_fpir=(0.6, 0.7),
            impostor_probes=2000,
            margin=0.02,
            identification=(
                Identification(
                    kind="photographs",
                    probes=10,
                    dogs=5,
                    templates=30,
                    not_enrolled=0,
                    rank_1=0.99,
                    fnir_at_fpir=(0.01, 0.02),
                    rank_1_weighed=1.0,
                    named_right=0.98,
                    named_wrong=0.0,
                ),
            ),
            strangers=(Strangers(kind="photographs", probes=15, named=0, greatest=0.6),),
        ),
        conditions=(condition(1.0), condition(2.0)),
        undegraded=condition(0.0),
        discards=(
            Discard(
                of="retakes",
                comparisons=80,
                similarity=0.85,
                discards=(0.0, 0.3),
                fnmr=(0.1, 0.05),
                best=(0.1, 0.0),
                area=0.07,
                area_without_quality=0.1,
            ),
        ),
        finder=Finder(
            card={"measured": "by cross-validation"},
            photographs=3,
            closeups=60,
            found=60,
            hits=59,
            mean_overlap=0.8,
            pieces=60,
            false_noses=0,
        ),
        speed=(Speed(step="embedding", milliseconds=8.0, repetitions=40),),
        processor="a processor",
        bounds=(Bound(of="FNMR, dogs with several photographs", trials=5, bound=0.451),),
        to_prove=(Bound(of="dogs", trials=149, bound=0.02),),
        same=0.85,
        review=0.70,
        minimum_quality=5.0,
    )
