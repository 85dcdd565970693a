namespace InferenceMeter.Settings.Load;

/// <summary>What is tested, as it is typed: an address, or this process.</summary>
internal static class LoadAddress
{
    private const string Self = "self";

    /// <summary>An address as a <see cref="Uri"/>; <see langword="null"/> stands for this process.</summary>
    public static OptionSyntax Syntax { get; } =
        new()
        {
            Accepted = $"{Self}, or an address such as http://host:8080",
            Read = Read,
            Write = address => address?.ToString() ?? Self,
        };

    private static OptionValue Read(string text)
    {
        if (text == Self)
            return OptionValue.Of(null);
        return
            Uri.TryCreate(text, UriKind.Absolute, out var address)
            && address.Scheme is "http" or "https"
            && IsPlain(address)
            ? OptionValue.Of(address)
            : OptionValue.Refuse(text);
    }

    /// <summary>Whether a request would have all of it: a path is kept, but a query, for one, has no place.</summary>
    private static bool IsPlain(Uri address) =>
        address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0;
}
