-- sentence: A dispute is opened by its contributor, then answered, and nothing follows its decision; a rejected one moved no money.
SELECT dispute.id, event.position, event.kind, event.party_id
FROM payout_dispute AS dispute
LEFT JOIN LATERAL (
    SELECT *, lag(kind) OVER (ORDER BY position) AS before, row_number() OVER (ORDER BY position) AS place
    FROM payout_dispute_event WHERE dispute_id = dispute.id
) AS event ON true
WHERE event.position IS NULL OR event.position <> event.place OR event.before = 'resolved'
    OR (event.kind = 'opened' AND event.party_id <> dispute.contributor_id)
UNION ALL
SELECT adjustment.dispute_id, event.position, event.outcome, adjustment.id
FROM payout_adjustment AS adjustment
LEFT JOIN payout_dispute_event AS event ON event.dispute_id = adjustment.dispute_id AND event.kind = 'resolved'
WHERE adjustment.dispute_id IS NOT NULL AND event.outcome IS DISTINCT FROM 'upheld';
