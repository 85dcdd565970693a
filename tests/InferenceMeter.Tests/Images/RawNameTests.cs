using System.Text;
using InferenceMeter.Images.Folders;

namespace InferenceMeter.Tests.Images;

public sealed class RawNameTests
{
    [Theory]
    [InlineData("photo.jpg", "photo.jpg")]
    [InlineData("Straße 7 €.jpg", "Straße 7 €.jpg")]
    [InlineData("\U0001F600.jpg", "\U0001F600.jpg")]
    [InlineData(@"a\b.jpg", @"a\b.jpg")]
    [InlineData(@"a\x41.jpg", @"a\\x41.jpg")]
    public void A_name_in_UTF_8_keeps_its_text(string name, string escaped)
    {
        var bytes = Encoding.UTF8.GetBytes(name);

        Assert.Equal(name, RawName.Decode(bytes));
        Assert.Equal([.. bytes, 0], RawName.Encode(name));
        Assert.False(RawName.IsRaw(name));
        Assert.Equal(escaped, RawName.Escape(name));
        Assert.Equal(name, RawName.Unescape(escaped));
    }

    [Theory]
    [InlineData(new byte[] { 0x63, 0xE9, 0x2E, 0x6A }, @"c\xE9.j")]
    [InlineData(new byte[] { 0xFF, 0xFE }, @"\xFF\xFE")]
    [InlineData(new byte[] { 0xE2, 0x82 }, @"\xE2\x82")]
    [InlineData(new byte[] { 0xC3, 0xA9, 0xE9 }, @"é\xE9")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, @"\xED\xA0\x80")]
    [InlineData(new byte[] { 0x5C, 0x78, 0x80 }, @"\\x\x80")]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98, 0x80, 0x80 }, "\U0001F600\\x80")]
    public void A_name_in_other_bytes_comes_back_from_its_text_and_from_its_escape(byte[] bytes, string escaped)
    {
        var name = RawName.Decode(bytes);

        Assert.True(RawName.IsRaw(name));
        Assert.Equal([.. bytes, 0], RawName.Encode(name));
        Assert.Equal(escaped, RawName.Escape(name));
        Assert.Equal(name, RawName.Unescape(escaped));
    }

    [Fact]
    public void Any_bytes_come_back()
    {
        var random = new Random(7);
        for (var round = 0; round < 2_000; round++)
        {
            var bytes = new byte[random.Next(1, 24)];
            random.NextBytes(bytes);
            var name = RawName.Decode(bytes);

            Assert.Equal([.. bytes, 0], RawName.Encode(name));
            Assert.Equal(name, RawName.Unescape(RawName.Escape(name)));
        }
    }

    [Fact]
    public void Two_names_never_have_one_escape() =>
        Assert.Equal(
            4,
            new[] { RawName.Decode([0xE9]), @"\xE9", @"\\xE9", @"\\\xE9" }.Select(RawName.Escape).Distinct().Count()
        );
}
