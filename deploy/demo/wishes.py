"""Wishes and study help, which the city's records do not have: made up, as people of a dormitory ask for them."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Final

from deploy.demo.campus import Campus
from deploy.demo.mapping import Filing, draw, filings, residents_of

_WISHES: Final = (
    ("wish.moving", "帮忙把书柜搬到三楼", "两个人就够，周末都在。"),
    ("wish.moving", "换寝室，想请人搭把手搬行李", "三个箱子，从二楼到四楼。"),
    ("wish.moving", "快递太重，一个人搬不上楼", "在驿站的货架，大约二十公斤。"),
    ("wish.errand", "脚崴了，想请同学带一周早饭", "食堂的粥和鸡蛋就好。"),
    ("wish.errand", "感冒发烧，帮忙去校医院取药", "处方在手机上。"),
    ("wish.errand", "考试撞上快递截止，帮忙代寄一件", "已经打包好，放在值班台。"),
    ("wish.computer", "电脑开机后一直黑屏", "风扇会转，屏幕不亮。"),
    ("wish.computer", "论文格式总是乱，想请人教教样式", "目录和页码。"),
    ("wish.computer", "手机相册满了，想学会备份", "怕把照片弄丢。"),
    ("wish.computer", "打印店的文件打不开", "导出来都是乱码。"),
    ("wish.small_fix", "衣柜门的合页松了", "螺丝还在，没有工具。"),
    ("wish.small_fix", "自行车链条老是掉", "放在楼下车棚。"),
    ("wish.small_fix", "台灯接触不良", "拍一下才亮。"),
    ("wish.lost_found", "在自习室丢了一串钥匙", "挂着一只蓝色小鱼。"),
    ("wish.lost_found", "捡到一张校园卡，想还给失主", "姓陈，信息学院。"),
    ("wish.other", "想找人一起晨跑", "六点半，操场两圈起步。"),
    ("wish.other", "生日那天在医院照顾家人，想收到一张贺卡", "谢谢大家。"),
    ("wish.other", "想学着包饺子，冬至和室友一起过", "公共厨房可以用吗？"),
    ("study.maths", "高数期中复习，想找人讲讲极限", "夹逼定理总用不对。"),
    ("study.maths", "线代的特征值听不懂", "有一套卷子想过一遍。"),
    ("study.maths", "概率论作业想找人对思路", "条件概率那一章。"),
    ("study.english", "四级听力总差几分，想找搭子", "每天半小时。"),
    ("study.english", "英文简历想请学长学姐看看", "一页纸。"),
    ("study.english", "想练口语，准备交换面试", "下个月面试。"),
    ("study.programming", "C 语言指针绕不过来", "链表作业卡住了。"),
    ("study.programming", "Python 画图的中文显示成方块", "实验报告周五交。"),
    ("study.programming", "数据库大作业想请人指点建表", "三个人的小组。"),
    ("study.other", "大物实验报告不会算误差", "不确定度。"),
    ("study.other", "第一次写文献综述，不知从哪里下手", "题目已经定了。"),
    ("study.other", "补考前想找人划重点", "马原。"),
)
_STRIDE: Final = 7
"""From one wish to the next in the table, so that kinds come mixed; no divisor of the table's length."""


def wishes(campus: Campus) -> Iterator[Filing]:
    """Return wishes without end, each of somebody at home: after the last the first comes again under another key."""
    homes = {person.username: person.place for person in campus.accounts("student")}
    people = [name for names in residents_of(campus).values() for name in names]
    for number in count():
        category, title, text = _WISHES[number * _STRIDE % len(_WISHES)]
        who = people[draw(len(people), "wish", str(number))]
        yield Filing(
            key=f"wish-{number}",
            category=category,
            title=title,
            text=text,
            place=homes[who] or "",
            requester=who,
            channel="room_qr" if draw(3, "scanned", str(number)) == 0 else "phone",
            urgent=False,
            by_desk=False,
        )


def with_wishes(campus: Campus, every: int, start: int = 0) -> Iterator[Filing]:
    """Return real requests from `start` on, and a wish after every so many of them; without end."""
    real, wished = islice(filings(campus), start, None), wishes(campus)
    while True:
        yield from islice(real, every)
        yield next(wished)
