-- Every number of a report is one of these queries. They read what `_database.py` opens:
--   listing, others, samples, findings, decisions, lane   the parquet files of a run (with columns filename, file_row_number)
--   shards    (shard, first_row, rows)               ranges of the listing
--   markers   (shard, scanned, generation)           how far each shard is
--   planned   (detector)                             the detectors of the plan
-- and $threshold, the lowest confidence at which the policy acts on a face. Only shards with a marker are read.
-- The first six make temporary tables without keys; all others are small sums over those.

-- name: make_listed
CREATE TEMP TABLE listed AS
SELECT s.shard, l.label, l.split, count(*) AS images, sum(l.size) AS bytes,
       sum(hash(l.key)::HUGEINT) AS fingerprint
FROM listing l ASOF JOIN shards s ON l.file_row_number >= s.first_row
GROUP BY ALL;

-- name: make_balance
-- One row a shard: what was listed beside what was written. Equal counts and equal sums of the keys' hashes mean the
-- same keys, each once.
CREATE TEMP TABLE balance AS
WITH inside AS (
  SELECT shard, sum(images) AS images, sum(fingerprint) AS fingerprint FROM listed GROUP BY shard
), written AS (
  SELECT parse_filename(filename, true) AS shard, count(*) AS images, sum(hash(key)::HUGEINT) AS fingerprint,
         count(outcome) AS with_outcome,
         count(*) FILTER (outcome IN ('identical', 'metadata-only', 'redacted', 're-encoded', 'removed', 'quarantined',
                                      'failed')) AS with_known_outcome
  FROM samples GROUP BY ALL
)
SELECT shards.shard, shards.rows, coalesce(inside.images, 0) AS listed, coalesce(written.images, 0) AS written,
       coalesce(markers.scanned, false) AS scanned, markers.generation AS generation,
       coalesce(inside.images, 0) = shards.rows AS listing_agrees,
       coalesce(inside.images = written.images AND inside.fingerprint = written.fingerprint, false) AS keys_agree,
       coalesce(with_outcome = with_known_outcome, true) AS outcomes_known,
       coalesce(with_known_outcome = written.images, shards.rows = 0) AS all_have_outcomes
FROM shards LEFT JOIN inside USING (shard) LEFT JOIN written USING (shard) LEFT JOIN markers USING (shard);

-- name: make_subjects
-- One row a face: what all detectors say together of one subject of one image. Its size is that of the largest box.
CREATE TEMP TABLE subjects AS
SELECT parse_filename(filename, true) AS shard, key, subject, max(confidence) AS confidence,
       max(least(x1 - x0, y1 - y0)) AS side,
       CASE WHEN min(detector) = max(detector) THEN min(detector) END AS sole
FROM findings WHERE kind = 'face' GROUP BY ALL;

-- name: make_images
-- Images in classes of what matters here: as many rows as there are combinations, however many images.
CREATE TEMP TABLE images AS
WITH per_image AS (
  SELECT shard, key, count(*) AS faces, count(*) FILTER (confidence >= $threshold::FLOAT) AS above
  FROM subjects GROUP BY ALL
)
SELECT s.label, s.split, s.codec, s.looked, s.outcome, s.stage, s.reason,
       coalesce(p.faces, 0) > 0 AS has_faces, coalesce(p.above, 0) > 0 AS has_above,
       coalesce(s.note, '') LIKE '%detector-error:%' AS detector_error,
       coalesce(s.note, '') LIKE '%no-boxes-given%' AS no_boxes,
       count(*) AS images, sum(coalesce(p.faces, 0)) AS faces, sum(coalesce(p.above, 0)) AS faces_above,
       sum(coalesce(s.faces_painted, 0)) AS faces_painted, sum(s.size) AS bytes, sum(s.output_size) AS output_bytes
FROM samples s LEFT JOIN per_image p ON p.shard = parse_filename(s.filename, true) AND p.key = s.key
GROUP BY ALL;

-- name: make_faces
-- Faces in buckets of size (powers of two) and of confidence (twentieths).
CREATE TEMP TABLE faces AS
SELECT CASE WHEN u.side > 0 THEN greatest(2, least(10, floor(log2(u.side))::INTEGER)) END AS size_bucket,
       CASE WHEN u.side > 0 AND least(s.width, s.height) > 0
            THEN greatest(-8, least(-1, floor(log2(u.side / least(s.width, s.height)))::INTEGER)) END AS share_bucket,
       least(19, floor(u.confidence::DOUBLE * 20 + 1e-6)::INTEGER) AS confidence_bucket,
       u.confidence >= $threshold::FLOAT AS above, u.side IS NOT NULL AS has_box, u.sole, count(*) AS faces
FROM subjects u JOIN samples s ON u.shard = parse_filename(s.filename, true) AND u.key = s.key
GROUP BY ALL;

-- name: drop_keys
DROP TABLE subjects;

-- name: listed
SELECT coalesce(sum(images), 0)::BIGINT AS images, coalesce(sum(bytes), 0)::BIGINT AS bytes FROM listed;

-- name: looked_at
SELECT coalesce(sum(images) FILTER (looked), 0)::BIGINT AS images,
       coalesce(sum(images) FILTER (looked AND has_faces), 0)::BIGINT AS with_faces,
       coalesce(sum(images) FILTER (looked AND has_above), 0)::BIGINT AS with_faces_above,
       coalesce(sum(images) FILTER (looked AND detector_error), 0)::BIGINT AS with_detector_error,
       coalesce(sum(images) FILTER (looked AND no_boxes), 0)::BIGINT AS without_given_boxes,
       coalesce(sum(images), 0)::BIGINT AS reached
FROM images;

-- name: outcomes
SELECT outcome, sum(images)::BIGINT AS images, sum(bytes)::BIGINT AS bytes,
       coalesce(sum(output_bytes), 0)::BIGINT AS output_bytes
FROM images GROUP BY outcome ORDER BY outcome NULLS LAST;

-- name: shards
SELECT count(*) AS shards,
       count(*) FILTER (scanned) AS scanned,
       count(*) FILTER (scanned AND generation IS NOT NULL) AS acted,
       count(*) FILTER (scanned AND generation IS NOT NULL AND generation IS DISTINCT FROM $generation) AS earlier,
       count(*) FILTER (NOT listing_agrees OR (scanned AND NOT (keys_agree AND outcomes_known))
                        OR (scanned AND generation IS NOT NULL AND NOT all_have_outcomes)) AS unbalanced,
       coalesce(sum(rows) FILTER (NOT scanned), 0)::BIGINT AS images_not_reached
FROM balance;

-- name: others
SELECT reason, count(*) AS files, sum(size)::BIGINT AS bytes FROM others GROUP BY reason ORDER BY files DESC, reason;

-- name: faces
SELECT coalesce(sum(faces), 0)::BIGINT AS faces,
       coalesce(sum(faces) FILTER (above), 0)::BIGINT AS above,
       coalesce(sum(faces) FILTER (NOT above), 0)::BIGINT AS below,
       coalesce(sum(faces) FILTER (NOT has_box), 0)::BIGINT AS without_box
FROM faces;

-- name: painted
SELECT coalesce(sum(faces_painted), 0)::BIGINT AS faces, coalesce(sum(images), 0)::BIGINT AS images
FROM images WHERE outcome IN ('redacted', 're-encoded');

-- name: lowest_confidence
SELECT min(confidence) AS lowest FROM findings WHERE kind = 'face';

-- name: findings_by_detector
SELECT CASE WHEN detector IN (SELECT detector FROM planned) THEN detector END AS detector, kind, count(*) AS findings,
       count(*) FILTER (confidence >= $threshold::FLOAT) AS above
FROM findings GROUP BY ALL ORDER BY detector NULLS LAST, kind;

-- name: faces_of_one_detector
SELECT CASE WHEN sole IN (SELECT detector FROM planned) THEN sole END AS detector, sum(faces)::BIGINT AS faces,
       coalesce(sum(faces) FILTER (above), 0)::BIGINT AS above
FROM faces WHERE sole IS NOT NULL GROUP BY ALL ORDER BY detector NULLS LAST;

-- name: parts
-- By class (a sample's label) and by split.
WITH inside AS (
  SELECT part, name, sum(images)::BIGINT AS listed
  FROM (SELECT 'class' AS part, label AS name, images FROM listed UNION ALL SELECT 'split', split, images FROM listed)
  GROUP BY ALL
), seen AS (
  SELECT part, name,
         coalesce(sum(images) FILTER (looked), 0)::BIGINT AS looked_at,
         coalesce(sum(images) FILTER (looked AND has_above), 0)::BIGINT AS with_faces,
         sum(faces)::BIGINT AS faces, sum(faces_above)::BIGINT AS faces_above,
         coalesce(sum(faces_painted) FILTER (outcome IN ('redacted', 're-encoded')), 0)::BIGINT AS faces_painted,
         coalesce(sum(images) FILTER (outcome IN ('redacted', 're-encoded')), 0)::BIGINT AS painted,
         coalesce(sum(images) FILTER (outcome = 'removed'), 0)::BIGINT AS removed,
         coalesce(sum(images) FILTER (outcome = 'quarantined'), 0)::BIGINT AS quarantined,
         coalesce(sum(images) FILTER (outcome = 'failed'), 0)::BIGINT AS failed
  FROM (SELECT 'class' AS part, label AS name, * FROM images UNION ALL SELECT 'split', split, * FROM images)
  GROUP BY part, name
)
SELECT inside.part, inside.name, listed, coalesce(looked_at, 0) AS looked_at, coalesce(with_faces, 0) AS with_faces,
       coalesce(faces, 0) AS faces, coalesce(faces_above, 0) AS faces_above,
       coalesce(faces_painted, 0) AS faces_painted, coalesce(painted, 0) AS painted, coalesce(removed, 0) AS removed,
       coalesce(quarantined, 0) AS quarantined, coalesce(failed, 0) AS failed
FROM inside LEFT JOIN seen ON inside.part = seen.part AND inside.name IS NOT DISTINCT FROM seen.name
ORDER BY part, name NULLS LAST;

-- name: sizes
SELECT size_bucket AS bucket, sum(faces)::BIGINT AS faces, coalesce(sum(faces) FILTER (above), 0)::BIGINT AS above
FROM faces WHERE size_bucket IS NOT NULL GROUP BY bucket ORDER BY bucket;

-- name: shares
SELECT share_bucket AS bucket, sum(faces)::BIGINT AS faces, coalesce(sum(faces) FILTER (above), 0)::BIGINT AS above
FROM faces WHERE share_bucket IS NOT NULL GROUP BY bucket ORDER BY bucket;

-- name: confidences
SELECT confidence_bucket AS bucket, sum(faces)::BIGINT AS faces, coalesce(sum(faces) FILTER (above), 0)::BIGINT AS above
FROM faces GROUP BY bucket ORDER BY bucket;

-- name: metadata
SELECT name, count(*) AS images
FROM (SELECT unnest(list_distinct(metadata_removed)) AS name FROM samples WHERE len(metadata_removed) > 0)
GROUP BY name ORDER BY images DESC, name;

-- name: metadata_images
SELECT count(*) AS images FROM samples WHERE len(metadata_removed) > 0;

-- name: codecs
SELECT codec, sum(images)::BIGINT AS images, coalesce(sum(images) FILTER (looked), 0)::BIGINT AS looked_at,
       coalesce(sum(images) FILTER (outcome = 'failed'), 0)::BIGINT AS failed
FROM images GROUP BY codec ORDER BY images DESC, codec NULLS LAST;

-- name: failures
SELECT stage, reason, sum(images)::BIGINT AS images FROM images WHERE outcome = 'failed'
GROUP BY ALL ORDER BY images DESC, stage NULLS LAST, reason NULLS LAST;

-- name: decisions
SELECT basis, treatment, kind, count(*) AS decisions, count(DISTINCT (filename, key)) AS images
FROM decisions GROUP BY ALL ORDER BY basis, treatment, kind;

-- name: kinds
-- What was found of each kind: subjects, and images they are in.
SELECT kind, count(*) AS subjects, count(DISTINCT (filename, key)) AS images
FROM (SELECT DISTINCT filename, key, kind, subject FROM findings) GROUP BY kind ORDER BY kind;

-- name: decided_kinds
-- What is to be done with them, and how many wait for people.
SELECT kind, treatment, count(DISTINCT (filename, key, subject)) AS subjects,
       count(DISTINCT (filename, key, subject)) FILTER (review) AS review
FROM decisions WHERE subject >= 0 GROUP BY ALL ORDER BY kind, treatment;

-- name: review_images
SELECT count(DISTINCT (filename, key)) AS images FROM decisions WHERE review;

-- name: people
-- People (confidence of 0.5 or more) in images that have an output: one is still to be seen unless the whole of the
-- person's box was painted over (nine tenths of it), and has no face where no face at or above the threshold has its
-- centre in the box.
WITH published AS (
  SELECT parse_filename(filename, true) AS shard, key FROM samples
  WHERE outcome IN ('identical', 'metadata-only', 'redacted', 're-encoded')
), people AS (
  SELECT parse_filename(filename, true) AS shard, key, subject, arg_max(x0, score) AS x0, arg_max(y0, score) AS y0,
         arg_max(x1, score) AS x1, arg_max(y1, score) AS y1
  FROM findings WHERE kind = 'person' AND confidence >= 0.5 GROUP BY ALL
), faces_of AS (
  SELECT DISTINCT parse_filename(filename, true) AS shard, key, (x0 + x1) / 2 AS x, (y0 + y1) / 2 AS y
  FROM findings WHERE kind = 'face' AND confidence >= $threshold::FLOAT
), whole AS (
  SELECT DISTINCT people.shard, people.key, people.subject
  FROM people JOIN decisions d ON parse_filename(d.filename, true) = people.shard AND d.key = people.key
                              AND d.subject = people.subject AND d.kind = 'person' AND d.treatment = 'redact'
  WHERE (d.x1 - d.x0) * (d.y1 - d.y0) >= 0.9 * (people.x1 - people.x0) * (people.y1 - people.y0)
), with_face AS (
  SELECT DISTINCT people.shard, people.key, people.subject
  FROM people JOIN faces_of f ON f.shard = people.shard AND f.key = people.key
                             AND f.x BETWEEN people.x0 AND people.x1 AND f.y BETWEEN people.y0 AND people.y1
)
SELECT count(*) AS people, count(DISTINCT (shard, key)) AS images,
       count(*) FILTER (w.subject IS NULL) AS visible,
       count(DISTINCT (shard, key)) FILTER (w.subject IS NULL) AS visible_images,
       count(*) FILTER (f.subject IS NULL) AS without_face
FROM people SEMI JOIN published USING (shard, key)
     LEFT JOIN whole w USING (shard, key, subject) LEFT JOIN with_face f USING (shard, key, subject);

-- name: groups
-- Equal texts (by their keyed hashes) by kind: how many groups are in how many images.
SELECT kind, images, count(*) AS groups
FROM (SELECT kind, text, count(DISTINCT (filename, key)) AS images FROM findings WHERE text IS NOT NULL GROUP BY ALL)
GROUP BY ALL ORDER BY kind, images DESC;

-- name: flagged_classes
-- Nudity by class: images in which one classifier at least gives 0.5 or more, or which are in the no-view lane, and the
-- mean of the highest scores of images with any finding. Only what is at or above the detectors' floor was written down.
WITH per_image AS (
  SELECT parse_filename(filename, true) AS shard, key, max(score) AS score FROM findings WHERE kind = 'nudity' GROUP BY ALL
)
SELECT s.label AS name, count(*) AS images, count(*) FILTER (p.score >= 0.5 OR coalesce(s.lane, false)) AS flagged,
       coalesce(avg(p.score), 0) AS mean_score
FROM samples s LEFT JOIN per_image p ON p.shard = parse_filename(s.filename, true) AND p.key = s.key
WHERE s.looked AND s.label IS NOT NULL GROUP BY s.label HAVING count(p.score) > 0 OR count(*) FILTER (s.lane) > 0
ORDER BY flagged / images DESC, mean_score DESC, name;

-- name: lane
SELECT reason, count(*) AS images FROM lane GROUP BY reason ORDER BY images DESC, reason;
