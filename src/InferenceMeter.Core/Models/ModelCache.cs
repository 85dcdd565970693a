using System.Security.Cryptography;

namespace InferenceMeter.Models;

/// <summary>
/// A folder of generated models, written once and used again. A file is right when its SHA-256 is the one its
/// generator is known to produce, so half-written, truncated or altered files are found and replaced; and it appears
/// by rename, so two processes that start at once, or one that is killed half-way, leave only whole files.
/// </summary>
internal sealed class ModelCache(string? folder = null)
{
    /// <summary>The folder in use.</summary>
    public string Folder { get; } = folder ?? DefaultFolder();

    /// <summary>
    /// <c>$XDG_CACHE_HOME/inferencemeter</c>, else <c>~/.cache/inferencemeter</c>, else in the folder for temporary
    /// files.
    /// </summary>
    public static string DefaultFolder()
    {
        var root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        // The XDG base directory specification: a relative path there is invalid and to be ignored.
        if (string.IsNullOrEmpty(root) || !Path.IsPathRooted(root))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            root = home.Length > 0 && home != "/" ? Path.Combine(home, ".cache") : Path.GetTempPath();
        }

        return Path.Combine(root, "inferencemeter");
    }

    /// <summary>Path of the cached file with these contents, generated first when it is missing or broken.</summary>
    /// <param name="name">File name; carries the generator's version, so that versions live side by side.</param>
    /// <param name="sha256">Of the right contents, lower-case hex.</param>
    /// <param name="write">Writes the contents.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public string GetOrWrite(string name, string sha256, Action<Stream> write)
    {
        var path = Path.Combine(Folder, name);
        if (IsRight(path, sha256))
            return path;
        Directory.CreateDirectory(Folder);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (
                var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16)
            )
            {
                write(stream);
                // Without this, a power cut after the rename may leave a file of the right name and no bytes.
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }

        DeleteAbandoned(name);
        return path;
    }

    private static bool IsRight(string path, string sha256)
    {
        try
        {
            if (!File.Exists(path))
                return false;
            using var stream = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read,
                1 << 16,
                FileOptions.SequentialScan
            );
            return string.Equals(Convert.ToHexStringLower(SHA256.HashData(stream)), sha256, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Temporary files of processes that were killed; an hour old, so that none of a live process is hit.
    /// </summary>
    private void DeleteAbandoned(string name)
    {
        try
        {
            foreach (var file in new DirectoryInfo(Folder).EnumerateFiles($"{name}.*.tmp"))
            {
                if (TimeProvider.System.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc > TimeSpan.FromHours(1))
                    file.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Only tidiness is lost.
        }
    }
}
