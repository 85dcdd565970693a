using InferenceMeter.Models;

namespace InferenceMeter.Inference;

/// <summary>A folder for files that live as long as a factory.</summary>
internal static class TemporaryFolder
{
    private const string Prefix = "inferencemeter-";

    /// <param name="room">Free bytes that it must have.</param>
    /// <param name="problem">Why there is none.</param>
    /// <returns>Its path, or <see langword="null"/>: read-only or full.</returns>
    public static string? Create(long room, out string problem)
    {
        problem = "";
        try
        {
            var free = new DriveInfo(Path.GetTempPath()).AvailableFreeSpace;
            if (free >= room)
                return Directory.CreateTempSubdirectory(Prefix).FullName;
            problem = $"{Path.GetTempPath()} has {free >> 20} MB free, {room >> 20} MB are needed";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problem = OneLine.Of(e);
        }

        return null;
    }

    /// <summary>Deletes it and what is in it, if it can be.</summary>
    public static void Delete(string folder)
    {
        if (folder.Length == 0)
            return;
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A few kilobytes stay in the folder for temporary files.
        }
    }
}
