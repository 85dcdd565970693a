using InferenceMeter.Metering;
using Microsoft.Data.Sqlite;

namespace InferenceMeter.History;

/// <summary>The table of runs.</summary>
internal static class RunTable
{
    private const string Columns =
        "id, started_at, finished_at, machine, model, precision, scope, verdict, images_per_second, "
        + "usd_per_billion_images, document";

    public static bool Save(SqliteConnection connection, RunRecord run)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            INSERT INTO runs ({Columns})
            VALUES ($id, $started, $finished, $machine, $model, $precision, $scope, $verdict, $images, $usd, $document)
            ON CONFLICT (id) DO UPDATE SET
                started_at = excluded.started_at, finished_at = excluded.finished_at,
                machine = excluded.machine, model = excluded.model,
                precision = excluded.precision, scope = excluded.scope, verdict = excluded.verdict,
                images_per_second = excluded.images_per_second,
                usd_per_billion_images = excluded.usd_per_billion_images,
                document = excluded.document
            """;
        var values = command.Parameters;
        values.AddWithValue("$id", run.Id);
        values.AddWithValue("$started", StoredText.Of(run.StartedAt));
        values.AddWithValue("$finished", run.FinishedAt is { } finished ? StoredText.Of(finished) : DBNull.Value);
        values.AddWithValue("$machine", run.Machine);
        values.AddWithValue("$model", run.Model);
        values.AddWithValue("$precision", run.Precision);
        values.AddWithValue("$scope", run.Scope);
        values.AddWithValue("$verdict", run.Verdict.Label());
        values.AddWithValue(
            "$images",
            run.ImagesPerSecond is { } images && double.IsFinite(images) ? images : DBNull.Value
        );
        values.AddWithValue("$usd", run.UsdPerBillionImages is { } usd ? StoredText.Of(usd) : DBNull.Value);
        values.AddWithValue("$document", run.Document);
        return command.ExecuteNonQuery() > 0;
    }

    public static RunRecord? Find(SqliteConnection connection, string id)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {Columns} FROM runs WHERE id = $id";
        command.Parameters.AddWithValue("$id", id);
        return Read(command).FirstOrDefault();
    }

    public static List<RunRecord> Newest(SqliteConnection connection, int limit, string? beforeId)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT {Columns} FROM runs
            WHERE $before IS NULL OR (started_at, id) < (SELECT started_at, id FROM runs WHERE id = $before)
            ORDER BY started_at DESC, id DESC LIMIT $limit
            """;
        command.Parameters.AddWithValue("$before", beforeId ?? (object)DBNull.Value);
        command.Parameters.AddWithValue("$limit", Math.Max(0, limit));
        return Read(command);
    }

    private static List<RunRecord> Read(SqliteCommand command)
    {
        var runs = new List<RunRecord>();
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            runs.Add(
                new RunRecord
                {
                    Id = row.GetString(0),
                    StartedAt = StoredText.Time(row.GetString(1)),
                    FinishedAt = row.IsDBNull(2) ? null : StoredText.Time(row.GetString(2)),
                    Machine = row.GetString(3),
                    Model = row.GetString(4),
                    Precision = row.GetString(5),
                    Scope = row.GetString(6),
                    Verdict = LabelNames.ToVerdict(row.GetString(7)) ?? Verdict.Invalid,
                    ImagesPerSecond = row.IsDBNull(8) ? null : row.GetDouble(8),
                    UsdPerBillionImages = row.IsDBNull(9) ? null : StoredText.Money(row.GetString(9)),
                    Document = row.GetString(10),
                }
            );
        }

        return runs;
    }
}
