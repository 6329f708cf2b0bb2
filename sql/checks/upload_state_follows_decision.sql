-- sentence: An upload stands where the last decision put it: a person's where there is one that no later verdict was followed instead of, else the machine's; what people must decide waits.
WITH said AS (
    SELECT upload.id, upload.filename, upload.state,
        (SELECT outcome FROM screening_review AS review WHERE upload_id = upload.id
            AND NOT EXISTS (SELECT FROM screening_verdict AS later JOIN screening_verdict AS beside ON beside.id = review.verdict_id
                            WHERE later.upload_id = upload.id AND later.effect = 'acts' AND later.number > beside.number)
            ORDER BY number DESC LIMIT 1) AS review,
        (SELECT outcome FROM screening_verdict WHERE upload_id = upload.id AND effect = 'acts' ORDER BY number DESC LIMIT 1) AS verdict,
        EXISTS (SELECT FROM screening_appeal AS appeal WHERE upload_id = upload.id
                AND NOT EXISTS (SELECT FROM screening_review WHERE appeal_id = appeal.id)) AS appealed,
        coalesce((SELECT effect = 'people' AND NOT EXISTS (SELECT FROM screening_review WHERE verdict_id = verdict.id)
                  FROM screening_verdict AS verdict WHERE upload_id = upload.id ORDER BY number DESC LIMIT 1), false) AS waits,
        EXISTS (SELECT FROM screening_withdrawal WHERE upload_id = upload.id) AS gone
    FROM upload
)
SELECT id, filename, state, review, verdict, appealed, waits, gone
FROM said
WHERE (state = 'accepted' AND coalesce(review, verdict) IS DISTINCT FROM 'accept')
   OR (state = 'rejected' AND (coalesce(review, verdict) IS DISTINCT FROM 'reject' OR appealed OR waits))
   OR (state IN ('review', 'evidence_wanted') AND NOT (appealed OR waits))
   OR (state = 'withdrawn') <> gone
ORDER BY id
