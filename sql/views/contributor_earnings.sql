-- What each contributor earned in each closed period, by the rule that gave it.
CREATE VIEW contributor_earnings AS
SELECT
    pool.period,
    allocation.contributor_id,
    party.handle,
    party.name,
    pool.currency,
    pool.part, -- floor, influence or deal
    count(DISTINCT allocation.work_sha256) AS works,
    sum(allocation.amount_micros) AS amount_micros
FROM fund_allocation AS allocation
JOIN fund_pool AS pool ON pool.id = allocation.pool_id AND pool.period = allocation.period
JOIN party ON party.id = allocation.contributor_id
GROUP BY pool.period, allocation.contributor_id, party.handle, party.name, pool.currency, pool.part;
