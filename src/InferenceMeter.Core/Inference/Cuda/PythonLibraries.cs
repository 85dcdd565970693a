namespace InferenceMeter.Inference.Cuda;

/// <summary>CUDA libraries that a Python environment holds, such as those that PyTorch is installed with.</summary>
internal static class PythonLibraries
{
    private static readonly string[] PackageFolders = ["site-packages", "dist-packages"];

    private static readonly string[] ActiveEnvironment = ["VIRTUAL_ENV", "CONDA_PREFIX"];

    /// <summary>
    /// Finds a library in the active environment, then in the Pythons on the path, then in the system's.
    /// </summary>
    public static string? Find(string name) => Find(name, Roots());

    /// <summary>Finds a library.</summary>
    /// <param name="name">Such as <c>libcublas.so.13</c>.</param>
    /// <param name="roots">Folders of Python installations: those that hold <c>lib/python3.x</c>.</param>
    /// <returns>Its path; <see langword="null"/> when it is in none of them.</returns>
    public static string? Find(string name, IEnumerable<string> roots) =>
        (
            from root in roots
            from python in Folders(Path.Combine(root, "lib"), "python3*")
            from packages in PackageFolders
            from folder in LibraryFolders(Path.Combine(python, packages))
            let path = Path.Combine(folder, name)
            where File.Exists(path)
            select path
        ).FirstOrDefault();

    // nvidia/cu13/lib and nvidia/cudnn/lib first, then any other package of NVIDIA's.
    private static IEnumerable<string> LibraryFolders(string packages)
    {
        var nvidia = Path.Combine(packages, "nvidia");
        return
        [
            Path.Combine(nvidia, "cu13", "lib"),
            Path.Combine(nvidia, "cudnn", "lib"),
            .. Folders(nvidia, "*").Select(folder => Path.Combine(folder, "lib")),
            Path.Combine(packages, "tensorrt_libs"),
        ];
    }

    private static IEnumerable<string> Roots()
    {
        foreach (var name in ActiveEnvironment)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } root)
                yield return root;
        }

        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (var bin in path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (Path.GetDirectoryName(bin.TrimEnd('/')) is { } root && File.Exists(Path.Combine(bin, "python3")))
                yield return root;
        }

        yield return "/usr/local";
        yield return "/usr";
    }

    private static IEnumerable<string> Folders(string parent, string pattern)
    {
        try
        {
            return Directory.Exists(parent)
                ? Directory.GetDirectories(parent, pattern).Order(StringComparer.Ordinal)
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
