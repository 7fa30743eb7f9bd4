"""Biometric performance in the manner of ISO/IEC 19795-1: error rates, intervals, DET plots, calibration."""
