-- sentence: Every distributed share of the reserve has works to share it, each of a training manifest and of its contributor.
SELECT share.id, share.year, share.amount_micros, work.work_sha256
FROM fund_reserve_share AS share
LEFT JOIN fund_reserve_work AS work ON work.share_id = share.id
WHERE NOT EXISTS (
    SELECT FROM training_manifest_entry AS entry
    WHERE entry.work_sha256 = work.work_sha256 AND entry.contributor_id = work.contributor_id
        AND (share.release_id IS NULL OR entry.release_id = share.release_id)
);
