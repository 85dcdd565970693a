namespace InferenceMeter.Models.Catalog;

/// <summary>
/// Files of the catalogue on this machine: found again without asking a network, downloaded when they are missing, and
/// checked each time. Where nobody publishes a SHA-256, the first one is recorded beside the file and holds ever after.
/// </summary>
/// <param name="download">Fetches what is missing.</param>
/// <param name="report">Called with one line about what a user should know and need not act on.</param>
internal sealed class ModelStore(ModelDownload download, Action<string> report)
{
    /// <summary>Where a model that is asked for by its name is kept.</summary>
    /// <param name="model">Of the catalogue.</param>
    /// <param name="cacheFolder">The user's cache folder when not given.</param>
    public static string PathInCache(CatalogModel model, string? cacheFolder) =>
        Path.Combine(cacheFolder ?? ModelCache.DefaultFolder(), "models", $"{model.Name}.onnx");

    /// <summary>Where the SHA-256 of a file is recorded, in the form of <c>sha256sum</c>.</summary>
    public static string RecordOf(string path) => $"{path}.sha256";

    /// <summary>Checks a file that may be there.</summary>
    /// <param name="sha256">What the user knows it to be; comes before all else.</param>
    /// <returns>Its SHA-256; <see langword="null"/> when it has to be downloaded.</returns>
    /// <exception cref="ModelException">It is not the file of which the hash was recorded.</exception>
    public async Task<string?> FindAsync(
        CatalogModel model,
        string path,
        string? sha256,
        CancellationToken cancellation
    )
    {
        if (!File.Exists(path))
            return null;
        var expected = Expect(model, path, sha256);
        var (hash, difference) = await HashAsync(path, expected, cancellation);
        if (difference is null)
        {
            Keep(model, path, hash);
            return hash;
        }

        if (IsRecorded(model, path, sha256))
        {
            throw new ModelException(
                $"{path}: {difference}, which was recorded in {RecordOf(path)} when it was first "
                    + "downloaded: the file has changed; "
                    + "delete it to have it downloaded again, or delete both if the new one is right"
            );
        }

        report($"{path}: {difference}; it is downloaded again");
        return null;
    }

    /// <summary>Downloads a file and puts what belongs to it beside it.</summary>
    /// <param name="mirrors">In place of the catalogue's, when given.</param>
    /// <param name="sha256">What the user knows it to be.</param>
    /// <param name="onProgress">Called with the bytes that are here, and those of the whole when they are
    /// known.</param>
    /// <returns>Its SHA-256.</returns>
    /// <exception cref="ModelException">It cannot be had.</exception>
    /// <exception cref="IOException">It cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    public async Task<string> DownloadAsync(
        CatalogModel model,
        string path,
        IReadOnlyList<Uri>? mirrors,
        string? sha256,
        Action<long, long?> onProgress,
        CancellationToken cancellation
    )
    {
        var hash = await download.FetchAsync(
            mirrors ?? model.Urls,
            path,
            Expect(model, path, sha256),
            onProgress,
            cancellation
        );
        Keep(model, path, hash);
        return hash;
    }

    private static ExpectedContent Expect(CatalogModel model, string path, string? sha256)
    {
        // A file that the user vouches for may be another than the catalogue's.
        if (sha256 is not null)
            return new ExpectedContent { Sha256 = sha256 };
        var recorded = model.Sha256 is null ? ReadRecord(path) : null;
        if (recorded is null)
            return new ExpectedContent
            {
                Sha256 = model.Sha256,
                Md5 = model.Md5,
                Bytes = model.Bytes,
            };
        return new ExpectedContent
        {
            Sha256 = recorded,
            Remedy =
                $"{recorded} was recorded in {RecordOf(path)} on the first download; delete that file if "
                + "the new one is right",
        };
    }

    private static bool IsRecorded(CatalogModel model, string path, string? sha256) =>
        sha256 is null && model.Sha256 is null && File.Exists(RecordOf(path));

    private static async Task<(string Sha256, string? Difference)> HashAsync(
        string path,
        ExpectedContent expected,
        CancellationToken cancellation
    )
    {
        try
        {
            await using var file = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read,
                1,
                FileOptions.Asynchronous | FileOptions.SequentialScan
            );
            return await expected.CheckAsync(file, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path}: cannot be read: {OneLine.Of(e)}", e);
        }
    }

    private static string? ReadRecord(string path)
    {
        var record = RecordOf(path);
        try
        {
            if (!File.Exists(record))
                return null;
            var hash = File.ReadAllText(record).Split(' ', 2)[0].Trim();
            if (hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower))
                return hash;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{record}: cannot be read: {OneLine.Of(e)}", e);
        }

        throw new ModelException($"{record}: does not begin with a SHA-256; delete it if you trust {path}");
    }

    /// <summary>What belongs beside the file: its preprocessing, and its hash where nobody publishes one.</summary>
    private static void Keep(CatalogModel model, string path, string hash)
    {
        if (model.Sha256 is null)
            WriteWhenOther(RecordOf(path), $"{hash}  {Path.GetFileName(path)}\n");
        if (model.Sidecar.ValueKind == System.Text.Json.JsonValueKind.Object)
            WriteWhenOther(path + ".json", model.Sidecar.GetRawText() + "\n");
    }

    /// <summary>A folder that cannot be written will do when all is there already.</summary>
    private static void WriteWhenOther(string path, string text)
    {
        if (File.Exists(path) && File.ReadAllText(path) == text)
            return;
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
