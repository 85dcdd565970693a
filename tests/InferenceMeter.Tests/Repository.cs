namespace InferenceMeter.Tests;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Core => Path.Combine(Root, "src", "InferenceMeter.Core");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "InferenceMeter.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("InferenceMeter.sln is in no folder above the tests");
    }
}
