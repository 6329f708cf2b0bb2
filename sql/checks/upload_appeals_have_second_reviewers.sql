-- sentence: Nobody decides about an own upload, and an appeal is decided by somebody who did not decide about the upload before.
SELECT review.id, review.upload_id, review.reviewer_id
FROM screening_review AS review
JOIN upload ON upload.id = review.upload_id
WHERE upload.contributor_id = review.reviewer_id
   OR (review.appeal_id IS NOT NULL AND EXISTS (
        SELECT FROM screening_review AS before
        WHERE before.upload_id = review.upload_id AND before.number < review.number AND before.reviewer_id = review.reviewer_id))
ORDER BY review.id
