using System.Runtime.CompilerServices;
using InferenceMeter.Images.Archives;
using InferenceMeter.Images.Folders;

namespace InferenceMeter.Images.Stores;

/// <summary>Lists what is to be read of some locations: the wanted part, without what was answered before.</summary>
internal sealed class UnitLister(IReadOnlyList<IImageLocation> locations, ReadingOptions options)
{
    private readonly CanonicalPaths _paths = new();

    /// <summary>What is listed now, or was last, for messages.</summary>
    public string Current { get; private set; } = "";

    /// <summary>How many images there are to read; only of locations that know theirs.</summary>
    public long Count()
    {
        using var pass = new ListedPass(0, CancellationToken.None);
        return ListAsync(pass, anew: false, CancellationToken.None).ToBlockingEnumerable().LongCount();
    }

    /// <summary>Whether an image was not answered before. Thread-safe.</summary>
    public bool IsWanted(string name) => options.Exclude.Count == 0 || !options.Exclude.Contains(_paths.Of(name));

    /// <summary>What is to be read, streamed: a bucket may have more names than memory.</summary>
    /// <param name="pass">Told of each unit.</param>
    /// <param name="anew">Look again, because what was found before may be gone.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="StoreException">A location cannot be listed.</exception>
    public async IAsyncEnumerable<ListedUnit> ListAsync(
        ListedPass pass,
        bool anew,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        foreach (var location in locations)
        {
            Current = location.Name;
            var images = 0L;
            var archives = new ArchiveParts(options.Shard);
            await foreach (var item in location.ListAsync(anew, stop))
            {
                if (ArchiveFormats.IsArchive(item.Key))
                {
                    foreach (var (archive, part) in archives.Add(item))
                        yield return Unit(location, archive, part);
                }
                else if (IsInPart(location, item, images++) && IsWanted(item.Name))
                {
                    yield return Unit(location, item, part: null);
                }
            }

            foreach (var (archive, part) in archives.Rest())
                yield return Unit(location, archive, part);
        }

        ListedUnit Unit(IImageLocation location, StoredObject item, Shard? part)
        {
            pass.Listed();
            return new ListedUnit(location, item, part, pass);
        }
    }

    private bool IsInPart(IImageLocation location, in StoredObject image, long place)
    {
        if (options.Shard is not { } shard)
            return true;
        return location.HasPlaces ? shard.Contains(place) : shard.Contains(image.Key);
    }
}
