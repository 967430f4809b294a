"""A run is plain files: the uncertain faces of each class, by DuckDB. What this prints is private."""

import duckdb

rows = duckdb.sql("""
    SELECT s.label, count(DISTINCT (f.key, f.subject)) AS faces, min(f.confidence) AS least
    FROM 'photos-painted.run/private/findings/*.parquet' AS f
    JOIN 'photos-painted.run/private/samples/*.parquet' AS s USING (key)
    WHERE f.kind = 'face'
    GROUP BY s.label
    ORDER BY s.label
""").fetchall()
for label, faces, least in rows:
    print(f"{label}: {faces} faces, the least certain at {least:.1f}")
