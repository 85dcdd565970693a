using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace InferenceMeter.Tests.Architecture;

/// <summary>A C# file of the repository.</summary>
/// <param name="Path">From the folder that it was looked for in, with slashes.</param>
/// <param name="Text">Its content.</param>
internal sealed record SourceFile(string Path, string Text)
{
    private SyntaxNode? _syntax;

    /// <summary>The first folder of its path; empty for a file that is in none.</summary>
    public string Room =>
        Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.IndexOf('/', StringComparison.Ordinal)] : "";

    public string[] Lines => Text.Split('\n');

    /// <summary>The file as the compiler sees it.</summary>
    public SyntaxNode Syntax => _syntax ??= CSharpSyntaxTree.ParseText(Text).GetRoot();

    /// <summary>All that git would take, so nothing that a build made.</summary>
    public static IReadOnlyList<SourceFile> Below(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                .Select(file => (File: file, Path: System.IO.Path.GetRelativePath(folder, file).Replace('\\', '/')))
                .Where(file => !file.Path.Split('/').Any(part => part is "obj" or "bin"))
                .Select(file => new SourceFile(file.Path, File.ReadAllText(file.File))),
        ];
}
