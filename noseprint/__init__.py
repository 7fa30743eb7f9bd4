"""The engine of Noseprint Kiosk: capture, embedding, matching, identity, records and storage."""
