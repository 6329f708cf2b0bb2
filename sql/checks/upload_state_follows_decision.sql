-- sentence: An upload is published only after an accepting verdict or review, and turned down only after a rejecting one.
SELECT upload.id, upload.filename, upload.state, verdict.outcome AS verdict, review.outcome AS review
FROM upload
LEFT JOIN LATERAL (
    SELECT outcome FROM screening_verdict WHERE upload_id = upload.id ORDER BY decided_at DESC, id LIMIT 1
) AS verdict ON true
LEFT JOIN screening_review AS review ON review.upload_id = upload.id
WHERE (upload.state = 'accepted' AND coalesce(review.outcome, verdict.outcome) IS DISTINCT FROM 'accept')
   OR (upload.state = 'rejected' AND coalesce(review.outcome, verdict.outcome) IS DISTINCT FROM 'reject')
   OR (upload.state = 'review' AND (verdict.outcome IS NULL OR verdict.outcome NOT IN ('review', 'request') OR review.id IS NOT NULL))
   OR (upload.state = 'evidence_wanted' AND (verdict.outcome IS DISTINCT FROM 'request' OR review.id IS NOT NULL))
ORDER BY upload.id
