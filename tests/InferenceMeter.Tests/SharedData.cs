namespace InferenceMeter.Tests;

/// <summary>Real weights and photos that lie beside the project (<c>../shared</c>), where there are any.</summary>
internal static class SharedData
{
    public static string? Root { get; } = Find();

    public static string Model => Path.Combine(Root!, "models", "resnet50-pretrained-fp16.onnx");

    public static string Labels => Path.Combine(Root!, "models", "imagenet_labels.txt");

    public static string Images => Path.Combine(Root!, "images");

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "InferenceMeter.sln")))
                continue;
            var shared = Path.Combine(folder.FullName, "..", "shared");
            return Directory.Exists(Path.Combine(shared, "images")) ? Path.GetFullPath(shared) : null;
        }

        return null;
    }
}

/// <summary>
/// A fact that reads real weights or photos from <c>../shared</c>; skipped by name where they are not there.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute()
    {
        if (SharedData.Root is null)
            Skip = "needs the real weights and photos of ../shared";
    }
}

/// <summary>
/// A theory that reads real weights or photos from <c>../shared</c>; skipped by name where they are not there.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute()
    {
        if (SharedData.Root is null)
            Skip = "needs the real weights and photos of ../shared";
    }
}

/// <summary>A fact that runs a Debian tool; skipped by name where the command is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    /// <param name="tool">A command on PATH, or <c>python3:MODULE</c> for a module of the system's Python.</param>
    public ToolFactAttribute(string tool)
    {
        if (!Exists(tool))
            Skip = $"needs {tool} (bash tests/run.sh installs it)";
    }

    /// <summary>Where a command is; <see langword="null"/> when it is not on PATH.</summary>
    public static string? Find(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists);

    internal static bool Exists(string tool) =>
        tool.StartsWith("python3:", StringComparison.Ordinal)
            ? File.Exists("/usr/bin/python3")
                && Directory.Exists($"/usr/lib/python3/dist-packages/{tool["python3:".Length..]}")
            : Find(tool) is not null;
}

/// <summary>A theory that needs a tool; without it, skipped by name.</summary>
internal sealed class ToolTheoryAttribute : TheoryAttribute
{
    /// <param name="tool">A command on PATH, or <c>python3:MODULE</c> for a module of the system's Python.</param>
    public ToolTheoryAttribute(string tool)
    {
        if (!ToolFactAttribute.Exists(tool))
            Skip = $"needs {tool} (bash tests/run.sh installs it)";
    }
}
