-- sentence: The opt-out registry's index of words holds exactly the words of its pictures' local features, so that parts of them are found.
WITH held AS (SELECT work, count(*) AS words FROM optout_local_word GROUP BY work),
meant AS (SELECT number, (SELECT count(DISTINCT word) FROM unnest(words) AS word) AS words FROM optout_local)
SELECT coalesce(meant.number, held.work) AS number, meant.words AS meant, held.words AS held
FROM meant
FULL JOIN held ON held.work = meant.number
WHERE coalesce(meant.words, 0) <> coalesce(held.words, 0)
ORDER BY 1
