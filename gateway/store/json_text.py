"""JSON as the tables keep it: by encoders put together once, not for each text."""

import json

to_json = json.JSONEncoder(ensure_ascii=False).encode
