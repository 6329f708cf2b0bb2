-- sentence: Nobody was sent money while a hit on a sanction list was not cleared.
SELECT payout.id, payout.contributor_id, hit.id AS hit_id, hit.listed
FROM payout
JOIN payout_sanction_hit AS hit ON hit.contributor_id = payout.contributor_id AND hit.found_at <= payout.created_at
LEFT JOIN payout_sanction_clearance AS clearance ON clearance.hit_id = hit.id
WHERE clearance.cleared_at IS NULL OR clearance.cleared_at > payout.created_at;
