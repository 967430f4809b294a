-- What `overpaint labels skew` counts, over the views that `_database.py` opens and
--   decided   (shard)     shards for which there are decisions in force
--   acted     (shard)     shards whose outcomes carry them out
--   attributes (key, attribute, value)   what a maintainer supplied; only where it was given
--   outlook   (labels, now, stays)     whether images with these labels are left by a label policy
-- and $face, $person: the lowest confidences that count as a face and as a person.
-- Of a sample in the no-view lane nothing is counted but that it is held.

-- name: make_seen
-- One row a sample in which faces or people were found. A key is in one shard only.
CREATE TEMP TABLE seen AS
SELECT key, count(DISTINCT subject) FILTER (kind = 'face' AND confidence >= $face::FLOAT) AS faces,
       bool_or(kind = 'person' AND confidence >= $person::FLOAT) AS person
FROM findings WHERE kind IN ('face', 'person') GROUP BY key;

-- name: make_decided
-- One row a sample that was decided on, in shards whose outcomes do not say it yet. The strongest treatment wins.
CREATE TEMP TABLE deciding AS
SELECT key,
       max(CASE treatment WHEN 'remove' THEN 3 WHEN 'quarantine' THEN 2 WHEN 'redact' THEN 1 ELSE 0 END) AS strength,
       count(DISTINCT subject) FILTER (treatment = 'redact' AND kind = 'face') AS faces
FROM decisions WHERE parse_filename(filename, true) NOT IN (SELECT shard FROM acted) GROUP BY key;

-- name: make_relabelled
CREATE TEMP TABLE relabelled AS SELECT key, any_value(labels) AS labels FROM decisions WHERE kind = 'label' GROUP BY key;

-- name: make_samples
CREATE TEMP TABLE told AS
WITH every AS (
  SELECT parse_filename(filename, true) AS shard, key, looked, outcome, coalesce(lane, false) AS lane,
         coalesce(faces_painted, 0) AS painted,
         CASE WHEN label IS NULL THEN []::VARCHAR[] ELSE [label] END AS folder
  FROM samples
), several AS (
  SELECT key, coalesce(labels, []) AS labels FROM labels
)
SELECT CASE WHEN every.lane THEN NULL ELSE every.key END AS key,
       CASE WHEN every.lane THEN []::VARCHAR[] ELSE coalesce(l.labels, folder) END AS labels, r.labels AS now,
       CASE WHEN every.lane THEN 'held'
            WHEN a.shard IS NOT NULL THEN
              CASE outcome WHEN 'removed' THEN 'removed' WHEN 'quarantined' THEN 'quarantined' WHEN 'failed' THEN 'failed'
                           WHEN 'redacted' THEN 'redacted' WHEN 're-encoded' THEN 'redacted'
                           WHEN 'identical' THEN 'kept' WHEN 'metadata-only' THEN 'kept' ELSE 'waiting' END
            WHEN outcome = 'failed' THEN 'failed'
            WHEN d.shard IS NULL THEN 'waiting'
            ELSE CASE w.strength WHEN 3 THEN 'removed' WHEN 2 THEN 'quarantined' WHEN 1 THEN 'redacted' ELSE 'kept' END
       END AS fate,
       NOT every.lane AND looked AS looked,
       CASE WHEN every.lane THEN 0 ELSE coalesce(s.faces, 0) END AS faces,
       NOT every.lane AND coalesce(s.person, false) AS person,
       CASE WHEN every.lane THEN 0 WHEN a.shard IS NOT NULL THEN painted
            WHEN coalesce(w.strength, 0) = 1 THEN w.faces ELSE 0 END AS painted
FROM every LEFT JOIN acted a USING (shard) LEFT JOIN decided d USING (shard)
     LEFT JOIN deciding w USING (key) LEFT JOIN seen s USING (key)
     LEFT JOIN relabelled r USING (key) LEFT JOIN several l USING (key);

-- name: classes
SELECT labels, now, fate, count(*) AS images, count(*) FILTER (looked) AS looked,
       count(*) FILTER (looked AND (faces > 0 OR person OR painted > 0)) AS people,
       count(*) FILTER (looked AND faces > 0) AS with_face, count(*) FILTER (looked AND person) AS with_person,
       sum(faces)::BIGINT AS faces, sum(painted)::BIGINT AS painted
FROM told GROUP BY ALL ORDER BY ALL;

-- name: groups
SELECT labels, now, fate, attribute, value, count(*) AS images
FROM told JOIN attributes USING (key) GROUP BY ALL ORDER BY ALL;

-- name: known
SELECT labels, now, fate, attribute, count(DISTINCT key) AS images
FROM told JOIN attributes USING (key) GROUP BY ALL ORDER BY ALL;

-- name: pairs
-- Over all labels at once.
SELECT one.attribute AS attribute, one.value AS value, other.attribute AS with_attribute, other.value AS with_value,
       count(*) AS images, count(*) FILTER (o.stays AND fate IN ('kept', 'redacted', 'waiting')) AS left_in
FROM told JOIN outlook o ON o.labels = told.labels AND o.now IS NOT DISTINCT FROM told.now
     JOIN attributes one USING (key) JOIN attributes other USING (key)
WHERE one.attribute < other.attribute GROUP BY ALL ORDER BY ALL;

-- name: strangers
SELECT count(*) AS rows, count(*) FILTER (key NOT IN (SELECT key FROM samples)) AS strangers FROM attributes;
