-- sentence: A model release has as many manifest entries as it says it was trained on.
SELECT m.id, m.works, count(e.work_sha256) AS entries
FROM model_release AS m
LEFT JOIN training_manifest_entry AS e ON e.release_id = m.id
GROUP BY m.id, m.works
HAVING count(e.work_sha256) <> m.works
ORDER BY m.id
