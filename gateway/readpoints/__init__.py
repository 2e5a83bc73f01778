"""The site's read points, in memory: tag reads in, observations out; light barriers in, lamps out."""
