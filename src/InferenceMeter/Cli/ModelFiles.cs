using System.Net.Http.Headers;
using InferenceMeter.Errors;
using InferenceMeter.Models;
using InferenceMeter.Models.Catalog;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using InferenceMeter.Terminal;

namespace InferenceMeter.Cli;

/// <summary>
/// Makes a file of what a user calls a model: a file that is there, or a name of the catalogue. The latter is
/// downloaded once, into the cache folder, and found there without a network from then on.
/// </summary>
internal static class ModelFiles
{
    private const string CacheRemedy = "--cache a folder that is yours";

    private static readonly DownloadRemedies Remedies = new()
    {
        Mirror = "name a mirror with --catalog FILE",
        Hash = "check the address, or give `model pull` --sha256 if you know the new file to be right",
    };

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The same settings with a file in place of a name; what has to be downloaded is downloaded here.
    /// </summary>
    public static async Task<MeterSettings> ResolveAsync(MeterSettings settings, CancellationToken cancellation) =>
        settings.Model.Path is not { } given
            ? settings
            : settings with
            {
                Model = settings.Model with { Path = await ResolveAsync(given, settings.Model, cancellation) },
            };

    /// <summary>The path of a model file.</summary>
    /// <param name="given">A path, or a name or alias of the catalogue; a path that exists wins.</param>
    /// <exception cref="ModelException">It is neither, or cannot be downloaded.</exception>
    /// <exception cref="UserException">The download was interrupted.</exception>
    public static async Task<string> ResolveAsync(string given, ModelSettings settings, CancellationToken cancellation)
    {
        if (Path.Exists(given))
            return given;
        var catalog = ModelCatalog.Load(settings.CatalogFile);
        if (catalog.Find(given) is { } model)
        {
            var path = Path.GetFullPath(ModelStore.PathInCache(model, settings.CacheDirectory));
            CreateFolder(Path.GetDirectoryName(path)!);
            await EnsureAsync(model, path, mirrors: null, sha256: null, CacheRemedy, cancellation);
            return path;
        }

        // What looks like a path was meant as one.
        if (IsPath(given))
            throw new ModelException($"{given}: no such file");
        throw new ModelException(
            $"'{given}' is neither a file nor a model of the catalogue; {catalog.Suggestion(given)}"
        );
    }

    /// <summary>What names the same model from any folder: the whole path of a file, or a name as it is.</summary>
    public static string FromAnywhere(string given) => Path.Exists(given) ? Path.GetFullPath(given) : given;

    /// <summary>Sees to it that a model of the catalogue is at a path, whole and right.</summary>
    /// <param name="mirrors">In place of the catalogue's, when given.</param>
    /// <param name="sha256">What the user knows it to be.</param>
    /// <param name="remedy">What to give when the file cannot be written, to follow "give".</param>
    /// <returns>Its SHA-256.</returns>
    /// <exception cref="ModelException">It cannot be downloaded or written.</exception>
    /// <exception cref="UserException">The download was interrupted.</exception>
    public static async Task<string> EnsureAsync(
        CatalogModel model,
        string path,
        IReadOnlyList<Uri>? mirrors,
        string? sha256,
        string remedy,
        CancellationToken cancellation
    )
    {
        using var http = Client();
        var screen = new DownloadScreen();
        var download = new ModelDownload(http, new DownloadRetryOptions(), TimeProvider.System, screen.Warn, Remedies);
        var store = new ModelStore(download, screen.Warn);
        try
        {
            if (await store.FindAsync(model, path, sha256, cancellation) is { } found)
                return found;
            screen.Say($"downloading {model.Name} ({model.About}; {model.Licence}) to {path}");
            return await screen.RunAsync(
                model.Name,
                model.Bytes,
                onProgress => store.DownloadAsync(model, path, mirrors, sha256, onProgress, cancellation)
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path} cannot be written: {e.Message}; give {remedy}", e);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new UserException(
                "interrupted: what came is kept, and the same command continues from there",
                ExitCodes.Interrupted
            );
        }
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{folder} cannot be made: {e.Message}; give {CacheRemedy}", e);
        }
    }

    private static HttpClient Client()
    {
        // A large file takes as long as it takes: silence is what ends a try.
        var http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectTimeout })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.UserAgent.Add(
            new ProductInfoHeaderValue("InferenceMeter", BuildInfo.Version.Split('+')[0])
        );
        return http;
    }

    private static bool IsPath(string given) =>
        given.IndexOfAny(['/', '\\']) >= 0
        || Path.GetExtension(given).Length > 1 && !char.IsAsciiDigit(Path.GetExtension(given)[1]);
}
