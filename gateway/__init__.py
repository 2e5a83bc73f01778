"""The daemon: from tag reads to events that WMS, ERP and CRM can rely on."""
