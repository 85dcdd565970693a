namespace InferenceMeter.Web.OpenInference;

/// <summary>
/// Paths of models whose names have slashes, as <c>microsoft/resnet-50</c> has: clients send them as they are or as
/// <c>%2F</c>.
/// </summary>
internal static class ModelPaths
{
    private const string Models = "/v2/models/";
    private const string Slash = "/";
    private const string Escaped = "%2F";
    private const string NameValue = "name";

    /// <summary>Adds routing, which sees such a name as one segment; endpoints get it as it is.</summary>
    public static void UseModelPaths(this WebApplication app)
    {
        var names = app.Services.GetRequiredService<ServedModels>().Names;
        app.Use(
            (context, next) =>
            {
                context.Request.Path = Join(context.Request.Path, names);
                return next(context);
            }
        );
        app.UseRouting();
        app.Use(
            (context, next) =>
            {
                var values = context.Request.RouteValues;
                if (values.TryGetValue(NameValue, out var value) && value is string name)
                    values[NameValue] = name.Replace(Escaped, Slash, StringComparison.OrdinalIgnoreCase);
                return next(context);
            }
        );
    }

    /// <summary>Makes the name of a model one segment of its path.</summary>
    /// <param name="path">The path of a request.</param>
    /// <param name="names">The names of the models that are served.</param>
    public static PathString Join(PathString path, IEnumerable<string> names)
    {
        if (path.Value is not { } text || !text.StartsWith(Models, StringComparison.OrdinalIgnoreCase))
            return path;
        var rest = text[Models.Length..];
        foreach (var name in names.Where(name => name.Contains(Slash, StringComparison.Ordinal)))
        {
            if (rest == name || rest.StartsWith(name + Slash, StringComparison.Ordinal))
                return Models + name.Replace(Slash, Escaped, StringComparison.Ordinal) + rest[name.Length..];
        }

        return path;
    }
}
