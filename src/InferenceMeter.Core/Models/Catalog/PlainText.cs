using System.Text;

namespace InferenceMeter.Models.Catalog;

/// <summary>Tells what a server may send in place of a model.</summary>
internal static class PlainText
{
    public const string WebPage = "it answers with a web page, not with a model";

    private static readonly string[] Pages = ["<!doctype", "<html", "<?xml"];

    /// <summary>What it is instead; <see langword="null"/> when these bytes may begin a model.</summary>
    public static string? Find(ReadOnlySpan<byte> start)
    {
        var text = Encoding.Latin1.GetString(start[..Math.Min(start.Length, 256)]).TrimStart();
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
            return "it has a Git LFS pointer there, not the file itself";
        return Pages.Any(page => text.StartsWith(page, StringComparison.OrdinalIgnoreCase)) ? WebPage : null;
    }
}
