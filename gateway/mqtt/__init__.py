"""MQTT: events out with proof of delivery, commands in with answers."""
