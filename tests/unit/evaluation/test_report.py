"""What an evaluation promises: all figures, each with its interval, and a plain word where one is missing."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.comparisons import compare_all, pair_photos
from noseprint.evaluation.error_rates import equal_error_rate, fnmr_at_fmr, rank
from noseprint.evaluation.report import (
    SIMILARITY_THRESHOLDS,
    TARGET_FMRS,
    Evaluation,
    as_json,
    as_rows,
    evaluate,
    evaluate_comparisons,
)
from noseprint.evaluation.scales import INLIERS


def _similarity(cosine: float) -> float:
    return (cosine + 1) / 2


def _crew(dogs: int, photos: int, noise: float = 0.9) -> tuple[np.ndarray, list[str]]:
    generator = np.random.default_rng(5)
    centres = np.repeat(generator.normal(size=(dogs, 8)), photos, axis=0)
    vectors = centres + noise * generator.normal(size=centres.shape)
    return vectors.astype(np.float32), [f"dog-{index // photos:02}" for index in range(dogs * photos)]


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(*_crew(10, 4), _similarity, failures_to_acquire=2, resamples=100)


def test_the_counts_are_those_of_the_crew(evaluation: Evaluation) -> None:
    assert (evaluation.identities, evaluation.genuine_identities) == (10, 10)
    assert (evaluation.photos, evaluation.failures_to_acquire) == (42, 2)
    assert (evaluation.genuine_comparisons, evaluation.impostor_comparisons) == (60, 720)


def test_the_figures_are_those_of_the_scores(evaluation: Evaluation) -> None:
    comparisons = compare_all(*_crew(10, 4))
    genuine, impostor = rank(comparisons.genuine.scores), rank(comparisons.impostor.scores)
    eer = equal_error_rate(genuine, impostor)

    assert evaluation.eer.eer is not None
    assert (evaluation.eer.eer.value, evaluation.eer.threshold) == (eer.rate, eer.threshold)
    for target, figure in zip(TARGET_FMRS, evaluation.fnmr_at_fmr, strict=True):
        point = fnmr_at_fmr(genuine, impostor, target)
        assert figure.fnmr is not None
        assert (figure.target_fmr, figure.threshold, figure.fmr) == (target, point.threshold, point.fmr)
        assert figure.fnmr.value == point.fnmr
    for threshold, at in zip(SIMILARITY_THRESHOLDS, evaluation.at_similarity, strict=True):
        assert at.fmr is not None
        assert at.fnmr is not None
        assert at.similarity == threshold
        assert at.fmr.value == (_similarity(comparisons.impostor.scores) >= threshold).mean()  # type: ignore[arg-type,attr-defined]
        assert at.fnmr.value == (_similarity(comparisons.genuine.scores) < threshold).mean()  # type: ignore[arg-type,attr-defined]


def test_every_rate_lies_in_its_interval(evaluation: Evaluation) -> None:
    rates = [
        evaluation.eer.eer,
        *(figure.fnmr for figure in evaluation.fnmr_at_fmr),
        *(rate for figure in evaluation.at_similarity for rate in (figure.fmr, figure.fnmr)),
    ]

    for rate in rates:
        assert rate is not None
        assert rate.interval is not None
        assert 0.0 <= rate.interval.lower <= rate.value <= rate.interval.upper <= 1.0


def test_the_same_seed_gives_the_same_evaluation() -> None:
    crew = _crew(5, 3)

    assert evaluate(*crew, _similarity, resamples=20) == evaluate(*crew, _similarity, resamples=20)


def test_photos_of_one_identity_leave_the_false_match_rate_unmeasured() -> None:
    result = evaluate(*_crew(1, 4), _similarity, resamples=5)

    assert result.det is None
    assert result.eer.eer is None
    assert all(figure.fnmr is None and figure.fmr is None for figure in result.fnmr_at_fmr)
    assert all(figure.fmr is None and figure.fnmr is not None for figure in result.at_similarity)
    assert any("Fewer than two identities" in remark for remark in result.remarks)
    assert any("Only 1 with two photos" in remark for remark in result.remarks)


def test_one_photo_each_still_measures_the_false_match_rate() -> None:
    result = evaluate(*_crew(12, 1), _similarity, resamples=50)

    assert result.eer.eer is None
    assert all(figure.fmr is not None and figure.fnmr is None for figure in result.at_similarity)
    assert any("No identity has two photos" in remark for remark in result.remarks)


def test_no_photo_at_all_gives_no_rate() -> None:
    result = evaluate(np.empty((0, 8)), [], _similarity, failures_to_acquire=3)

    assert (result.photos, result.identities) == (3, 0)
    assert all(figure.fmr is None and figure.fnmr is None for figure in result.at_similarity)
    assert "not measurable" in {value for _, value, _ in as_rows(result)}


def test_a_target_below_the_resolution_of_the_data_is_remarked(evaluation: Evaluation) -> None:
    assert evaluation.remarks == (
        "720 impostor comparisons: FMR 0.1 % means that none of them matches.",
        "720 impostor comparisons: FMR 0.01 % means that none of them matches.",
    )
    assert evaluation.fnmr_at_fmr[-1].fmr == 0.0


def test_without_resamples_only_the_exact_bounds_remain() -> None:
    result = evaluate(*_crew(4, 3, noise=0.01), _similarity, resamples=0)

    assert result.eer.eer is not None
    assert result.eer.eer.interval is not None
    assert result.eer.eer.interval.method == "exact bound"
    assert evaluate(*_crew(10, 4), _similarity, resamples=0).eer.eer.interval is None  # type: ignore[union-attr]


def test_perfect_separation_is_bounded_by_the_number_of_dogs() -> None:
    eer = evaluate(*_crew(8, 3, noise=0.01), _similarity, resamples=10).eer.eer

    assert eer is not None
    assert eer.interval is not None
    assert eer.value == 0.0
    # Four pairs of dogs that share no dog.
    assert eer.interval.upper == pytest.approx(1 - 0.05 ** (1 / 4))


def test_doubtful_pairs_are_left_out_of_the_impostors() -> None:
    result = evaluate(*_crew(3, 2), _similarity, may_be_one_dog=[("dog-00", "dog-01")], resamples=0)

    assert result.impostor_comparisons == 8


def test_a_score_without_a_similarity_has_error_rates_and_no_verdicts() -> None:
    pairs = pair_photos(["a", "a", "b", "c"])
    result = evaluate_comparisons(pairs.scored([9, 0, 0, 0, 1, 0]), INLIERS, photos=4)

    assert (result.score, result.eer.threshold, result.at_similarity) == ("inliers", 9.0, ())
    assert result.eer.eer is not None
    assert result.eer.eer.value == 0.0
    assert as_rows(result)[6][0] == "EER (inliers 9.0000)"


def test_the_json_survives_the_wire_and_leaves_the_curve_out(evaluation: Evaluation) -> None:
    data = as_json(evaluation)

    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert "det" not in data
    assert data["eer"]["eer"]["interval"].keys() == {"lower", "upper", "method"}  # type: ignore[index]
    assert [point["target_fmr"] for point in data["fnmr_at_fmr"]] == list(TARGET_FMRS)  # type: ignore[attr-defined]


def test_the_table_says_each_figure_with_its_interval(evaluation: Evaluation) -> None:
    rows = as_rows(evaluation)

    assert rows[0] == ("Identities", "10", "")
    assert len(rows) == 6 + 1 + len(TARGET_FMRS) + 2 * len(SIMILARITY_THRESHOLDS)
    name, value, between = rows[6]
    assert name.startswith("EER (cosine 0.")
    assert value.endswith(" %")
    assert " % to " in between


def test_the_table_leaves_an_unknown_interval_blank() -> None:
    rows = as_rows(evaluate(*_crew(10, 4), _similarity, resamples=0))

    assert rows[6][1].endswith(" %")
    assert rows[6][2] == ""


def test_vectors_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(NoseprintError) as refused:
        evaluate(np.zeros((2, 3)), ["a", "b"], _similarity)

    assert refused.value.code is ErrorCode.INVALID_REQUEST


def test_a_thousand_photos_are_a_matter_of_a_moment() -> None:
    crew = _crew(250, 4)
    start = time.process_time()

    assert evaluate(*crew, _similarity, resamples=0).impostor_comparisons == 498_000
    assert time.process_time() - start < 5
