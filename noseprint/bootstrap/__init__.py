"""The one place where everything is wired, for every face and for the tests.

Imports inside functions are on purpose here and only here: a server that never enrols opens no records,
and seldom S3, and their libraries would more than double its start.
"""

from noseprint.bootstrap.cameras import capture_rules, open_camera, simulated_camera
from noseprint.bootstrap.faces import (
    clinic_over,
    did_scheme,
    eraser_over,
    gateway_over,
    open_clinic,
    open_drafts,
    thresholds,
)
from noseprint.bootstrap.finders import KeypointFinder, keypoint_finder, nose_finder
from noseprint.bootstrap.folders import assets_folder, make_data_folder, spool_folder
from noseprint.bootstrap.keys import master_keys, open_operators, open_records, open_vault, rotate_keys
from noseprint.bootstrap.models import (
    DEFAULT_MODEL,
    fetch_model,
    image_limits,
    known_manifest_file,
    known_models,
    load_embedder,
    model_cache,
    model_file,
    require_proven_model,
)
from noseprint.bootstrap.stores import (
    Holdings,
    open_holdings,
    open_outbox,
    open_pet_objects,
    open_spool,
    open_store,
    pet_objects,
)
from noseprint.bootstrap.transfers import backup_source, data_set, exporter, importer
from noseprint.bootstrap.worker import UPLOAD_DEADLINE_S, change_store, check_store, open_decisions, open_worker

__all__ = [
    "DEFAULT_MODEL",
    "UPLOAD_DEADLINE_S",
    "Holdings",
    "KeypointFinder",
    "assets_folder",
    "backup_source",
    "capture_rules",
    "change_store",
    "check_store",
    "clinic_over",
    "data_set",
    "did_scheme",
    "eraser_over",
    "exporter",
    "fetch_model",
    "gateway_over",
    "image_limits",
    "importer",
    "keypoint_finder",
    "known_manifest_file",
    "known_models",
    "load_embedder",
    "make_data_folder",
    "master_keys",
    "model_cache",
    "model_file",
    "nose_finder",
    "open_camera",
    "open_clinic",
    "open_decisions",
    "open_drafts",
    "open_holdings",
    "open_operators",
    "open_outbox",
    "open_pet_objects",
    "open_records",
    "open_spool",
    "open_store",
    "open_vault",
    "open_worker",
    "pet_objects",
    "require_proven_model",
    "rotate_keys",
    "simulated_camera",
    "spool_folder",
    "thresholds",
]
