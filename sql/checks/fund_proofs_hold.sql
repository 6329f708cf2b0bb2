-- sentence: The pools and allocations of every closed period lead to its published Merkle root.
WITH closed AS (
    SELECT id, merkle_root FROM fund_period WHERE merkle_root IS NOT NULL
), content AS (
    SELECT pool.period, 'statement:' || line.contributor_id AS key, string_agg(
        line.pool_id || '|' || line.source_id || '|' || line.work_sha256 || '|' || line.amount_micros || E'\n', ''
        ORDER BY line.pool_id COLLATE "C", line.source_id COLLATE "C", line.work_sha256 COLLATE "C") AS lines
    FROM fund_allocation AS line
    JOIN fund_pool AS pool ON pool.id = line.pool_id
    JOIN closed ON closed.id = pool.period
    GROUP BY pool.period, line.contributor_id
    UNION ALL
    SELECT pool.period, 'pool:' || pool.id, part || '|' || coalesce(release_id, '') || '|' || coalesce(deal_id, '') || '|'
        || coalesce(method_id, '') || '|' || coalesce(reliability_ppb::text, '') || '|' || currency || '|'
        || sources || '|' || clusters || '|' || amount_micros || '|' || allocated_micros || '|'
        || reserve_micros || '|' || coalesce(reserve_reason, '') || E'\n'
    FROM fund_pool AS pool
    JOIN closed ON closed.id = pool.period
), due AS (
    SELECT period, row_number() OVER (PARTITION BY period ORDER BY key COLLATE "C") - 1 AS position, key,
        sha256('\x00'::bytea || convert_to(key || E'\n' || lines, 'UTF8')) AS hash
    FROM content
), kept AS (
    SELECT leaf.period, leaf.position, leaf.key, node.hash
    FROM fund_proof_leaf AS leaf
    LEFT JOIN fund_proof_node AS node
        ON node.period = leaf.period AND node.level = 0 AND node.position = leaf.position
)
SELECT period, coalesce(due.key, kept.key) AS what, encode(kept.hash, 'hex') AS kept, encode(due.hash, 'hex') AS due
FROM due FULL JOIN kept USING (period, position)
WHERE due.key IS DISTINCT FROM kept.key OR due.hash IS DISTINCT FROM kept.hash
UNION ALL
SELECT one.period, 'node ' || one.level + 1 || '/' || one.position / 2, encode(up.hash, 'hex'),
    encode(CASE WHEN two.hash IS NULL THEN one.hash ELSE sha256('\x01'::bytea || one.hash || two.hash) END, 'hex')
FROM fund_proof_node AS one
LEFT JOIN fund_proof_node AS two
    ON two.period = one.period AND two.level = one.level AND two.position = one.position + 1
LEFT JOIN fund_proof_node AS up
    ON up.period = one.period AND up.level = one.level + 1 AND up.position = one.position / 2
WHERE one.position % 2 = 0 AND (two.hash IS NOT NULL OR one.position > 0)
    AND up.hash IS DISTINCT FROM CASE WHEN two.hash IS NULL THEN one.hash ELSE sha256('\x01'::bytea || one.hash || two.hash) END
UNION ALL
SELECT closed.id, 'root', closed.merkle_root, encode(coalesce(top.hash, sha256(''::bytea)), 'hex')
FROM closed
LEFT JOIN LATERAL (
    SELECT hash FROM fund_proof_node AS node WHERE node.period = closed.id ORDER BY level DESC LIMIT 1
) AS top ON true
WHERE closed.merkle_root <> encode(coalesce(top.hash, sha256(''::bytea)), 'hex');
